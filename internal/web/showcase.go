package web

// showcase declares the component page.
func (rt *Router) showcase() {}

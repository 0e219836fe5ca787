package cli

import (
	"bufio"
	"os"

	"hygie/exposure"
)

// ExposureDecide decides again on the facts of an earlier audit, without any network.
type ExposureDecide struct {
	Facts string `arg:"" placeholder:"FACTS" help:"Facts of an audit, as --facts wrote them."`
	exposureDecision
}

// Help shows examples.
func (*ExposureDecide) Help() string {
	return "hygie exposure decide faits.json\n" +
		"hygie exposure decide faits.json --baseline mars.json --format html --out audit.html"
}

// Run decides.
func (c *ExposureDecide) Run(s *Streams) error {
	say := sayer(Language(s.Env))
	options, err := c.options(s, say)
	if err != nil {
		return err
	}
	f, err := os.Open(c.Facts)
	if err != nil {
		return Exit{Failed, err}
	}
	defer func() { _ = f.Close() }()
	run, err := exposure.ReadFacts(bufio.NewReader(f))
	if err != nil {
		return Exit{Failed, err}
	}
	return c.conclude(s, say, run, options)
}

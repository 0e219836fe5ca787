package app

import (
	"errors"
	"fmt"
	"net"

	"hygie/internal/cli"
	"hygie/internal/config"
	"hygie/internal/doctor"
)

// errTaken is what a second platform on the same data folder meets.
var errTaken = errors.New("another hygie runs on the data folder")

// hold takes the data folder for as long as the platform runs, and refuses one whose keys are lost: new ones would be made, and
// hide that the evidence there cannot be opened any more. Whatever goes wrong, the address is given back.
func hold(c config.Config, s *cli.Streams, l net.Listener) (release func() error, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if err := makeDataFolder(c.Storage.Data); err != nil {
		return nil, err
	}
	words, err := printer(s)
	if err != nil {
		return nil, err
	}
	if lost := doctor.KeysLost(c); lost != nil {
		return nil, fmt.Errorf("%s\n%s", words.T("doctor."+lost.Key, lost.Args...), words.T("doctor."+lost.Key+"_mend"))
	}
	release, err = lock(c.Storage.Data)
	if errors.Is(err, errTaken) {
		return nil, errors.New(words.T("app.data_taken", "folder", c.Storage.Data))
	}
	return release, err
}

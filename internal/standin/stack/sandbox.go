package stack

import (
	"net"

	"zhuce/internal/standin/console"
	"zhuce/internal/standin/demo"
)

// console serves the sandbox.
func (s *Stack) console(l net.Listener) error {
	clients := map[console.Side]console.Credentials{}
	for _, c := range demo.Clients() {
		switch c.Name {
		case demo.PersonClient:
			clients[console.Person] = console.Credentials{ID: c.Name, Secret: c.Secret}
		case demo.ProvinceClient:
			clients[console.Province] = console.Credentials{ID: c.Name, Secret: c.Secret}
		case demo.MinistryClient:
			clients[console.Ministry] = console.Credentials{ID: c.Name, Secret: c.Secret}
		}
	}
	options := console.Options{ProductURL: s.ProductURL, LoginURL: s.LoginURL, Clients: clients, Password: demo.Password,
		DataFile: s.path("sandbox.json"), Log: s.log}
	if s.private != nil {
		options.Reset = s.reset
	}
	sandbox, err := console.New(options)
	if err != nil {
		return err
	}
	s.close = append(s.close, sandbox.Close)
	s.serve(l, sandbox.Handler())
	return nil
}

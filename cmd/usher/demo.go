package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"usher/internal/auth"
	"usher/internal/directory"
)

type demoCommand struct {
	settings
	JSON bool `name:"json" help:"Print one JSON object when ready: url, license, api_key, teammates with their tokens."`
}

// The demo's license. Its ids are part of the wire's documentation.
const (
	demoLicense = "lic_demo"
	demoPartner = "Demo partner"
	demoEmail   = "partner@example.com"
	demoCap     = 3
	demoTTL     = 24 * time.Hour
	demoKeyFile = "demo-api-key"
)

func demoTeammates() []directory.NewTeammate {
	who := func(name string, operator, administrator bool) directory.NewTeammate {
		id := strings.ToLower(name)
		return directory.NewTeammate{
			ID: "tm_" + id, Email: id + "@example.com", Name: name, Operator: operator, Administrator: administrator,
		}
	}
	return []directory.NewTeammate{
		who("Ann", true, false), who("Bob", true, false), who("Cid", true, false), who("Dan", true, false),
		who("Eve", true, true), who("Meg", false, true), who("Ned", false, false),
	}
}

// demo is what a newcomer, or a test, needs to know.
type demo struct {
	URL       string         `json:"url"`
	License   string         `json:"license"`
	APIKey    string         `json:"api_key"`
	Teammates []demoTeammate `json:"teammates"`
}

type demoTeammate struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Operator      bool   `json:"operator"`
	Administrator bool   `json:"administrator"`
	Token         string `json:"token"`
}

// Run serves like serve, on a license of its own.
func (c *demoCommand) Run(ctx context.Context, io streams) error {
	if err := c.ensureSecret(c.DataDir); err != nil {
		return err
	}
	log := c.logger(io)
	n, err := newNode(ctx, &c.settings, log)
	if err != nil {
		return err
	}
	d, err := n.seedDemo(ctx)
	if err != nil {
		return errors.Join(err, n.close())
	}
	n.announce(log)
	if c.JSON {
		err = json.NewEncoder(io.out).Encode(d) //nolint:gosec // that the demo shows its tokens and key is what it is for
	} else {
		_, err = fmt.Fprint(io.out, d.guide())
	}
	if err != nil {
		return errors.Join(err, n.close())
	}
	return n.serve(ctx)
}

// seedDemo makes the demo license where it is absent.
func (n *node) seedDemo(ctx context.Context) (demo, error) {
	d := demo{URL: n.url(), License: demoLicense}
	partner, err := n.directory.By(commandLine()).EnsurePartner(ctx, demoPartner, demoEmail)
	if err != nil {
		return d, err
	}
	_, _, err = n.directory.By(commandLine()).EnsureLicense(ctx, directory.NewLicense{
		ID: demoLicense, Partner: partner.ID, Name: "Acme Support", Cap: demoCap, Teammates: demoTeammates(),
	})
	if err != nil {
		return d, err
	}
	if d.APIKey, err = n.demoKey(ctx); err != nil {
		return d, err
	}
	mates, err := n.directory.Teammates(ctx, demoLicense, "", 100)
	if err != nil {
		return d, err
	}
	for _, t := range mates.Items {
		token, _, err := n.authority.Issue(demoLicense, t.ID, demoTTL)
		if err != nil {
			return d, err
		}
		d.Teammates = append(d.Teammates, demoTeammate{t.ID, t.Name, t.Operator, t.Administrator, token})
	}
	return d, nil
}

// demoKey is an API key that is kept in a file of the data directory, for its owner alone, so that each start of
// the demo shows the same.
func (n *node) demoKey(ctx context.Context) (string, error) {
	file := filepath.Join(n.settings.DataDir, demoKeyFile)
	for range 2 {
		b, err := os.ReadFile(file)
		if err == nil {
			key := strings.TrimSpace(string(b))
			if prefix, ok := auth.APIKeyPrefix(key); ok {
				if _, _, err := n.directory.AuthenticateAPIKey(ctx, prefix, auth.HashAPIKey(key)); err == nil {
					return key, nil
				}
			}
			// Of another database, or revoked.
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		key, err := newAPIKey(ctx, n.directory.By(commandLine()), demoPartner, demoEmail, directory.NewAPIKey{})
		if err != nil {
			return "", err
		}
		if err := createOnce(file, []byte(key+"\n")); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s holds no API key that is good here: remove it and start again", file)
}

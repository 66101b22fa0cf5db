package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthCommand struct {
	URL     string        `name:"url" default:"http://127.0.0.1:8080" help:"The server."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run fails when the server is not ready.
func (c *healthCommand) Run(ctx context.Context, out streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := new(http.Client).Do(req) // ctx bounds it
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(body)))
	}
	_, err = out.out.Write(body)
	return err
}

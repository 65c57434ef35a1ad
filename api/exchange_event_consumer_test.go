package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"

	"zhuce/api"
	"zhuce/api/apitest"
)

// seen is an event as the consumer got it.
type seen struct {
	Position int64     `json:"position"`
	ID       string    `json:"id"`
	Subject  subjectOf `json:"subject"`
	Data     mark      `json:"data"`
}

type subjectOf struct {
	ID string `json:"id"`
}

// consumer reads the feed as another system does: it keeps the cursor with what it
// has taken in, and nothing else survives its deaths.
type consumer struct {
	instances []*apitest.Env
	token     string
	dice      *rand.Rand

	cursor string
	has    []seen
	lives  int
}

// live reads pages until it dies in the middle of one. It reports whether it had
// everything there was.
func (c *consumer) live(ctx context.Context) (caughtUp bool, err error) {
	c.lives++
	left := 1 + c.dice.IntN(40) // events to live
	for {
		at := c.instances[c.dice.IntN(len(c.instances))]
		address := fmt.Sprintf("%s%s/exchange/events?limit=%d", at.URL, api.Base, 1+c.dice.IntN(25))
		if c.cursor != "" {
			address += "&after=" + c.cursor
		}
		page, cut := context.WithCancel(ctx)
		died, caughtUp, err := c.page(page, address, &left)
		cut()
		if died || caughtUp || err != nil {
			return caughtUp, err
		}
	}
}

// page takes the events in as they come over the line; where its life ends it breaks
// the connection off, and the rest of the page is lost.
func (c *consumer) page(ctx context.Context, address string, left *int) (died, caughtUp bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, false, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, false, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return false, false, fmt.Errorf("%s: %s %s", address, resp.Status, text)
	}
	d := json.NewDecoder(resp.Body)
	for {
		name, err := d.Token()
		if err != nil {
			return false, caughtUp, ignoreEOF(err)
		}
		switch name {
		case "items":
			if _, err := d.Token(); err != nil {
				return false, false, err
			}
			for d.More() {
				var e seen
				if err := d.Decode(&e); err != nil {
					return false, false, err
				}
				c.has, c.cursor = append(c.has, e), strconv.FormatInt(e.Position, 10)
				if *left--; *left == 0 {
					return true, false, nil
				}
			}
		case "next_cursor":
			if err := d.Decode(&c.cursor); err != nil {
				return false, false, err
			}
		case "has_more":
			var more bool
			if err := d.Decode(&more); err != nil {
				return false, false, err
			}
			caughtUp = !more
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

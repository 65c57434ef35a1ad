package workday

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

//go:embed days/*.json
var builtIn embed.FS

// year is one file: what one notice of the State Council says.
type year struct {
	Year     int      `json:"year"`
	Source   string   `json:"source"` // the notice's number
	Holidays []period `json:"holidays"`
	Workdays []string `json:"workdays"` // weekend days that are worked (调休上班)
}

type period struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"` // the last day off
}

// Load reads the built-in years and then those of the folder, if one is named;
// a year of the folder replaces the built-in one. It fails, naming everything
// that is wrong, rather than count deadlines by half a calendar.
func Load(dir string) (*Calendar, error) {
	c := &Calendar{sources: map[int]string{}, differs: map[key]bool{}}
	days, err := fs.Sub(builtIn, "days")
	if err == nil {
		err = c.read(days)
	}
	if err == nil && dir != "" {
		err = c.read(os.DirFS(dir))
	}
	if err != nil {
		return nil, fmt.Errorf("workday: %w", err)
	}
	return c, nil
}

func (c *Calendar) read(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	var wrong []error
	for _, e := range entries {
		name, isYear := strings.CutSuffix(e.Name(), ".json")
		if !isYear {
			continue
		}
		text, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			return err
		}
		var y year
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err = d.Decode(&y); err == nil && strconv.Itoa(y.Year) != name {
			err = fmt.Errorf("is for %d", y.Year)
		}
		if err == nil {
			err = c.take(y)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", e.Name(), err))
		}
	}
	return errors.Join(wrong...)
}

// take puts a year into the calendar in place of what was known of it.
func (c *Calendar) take(y year) error {
	if y.Source == "" || len(y.Holidays) == 0 {
		return errors.New("names no source, or no holiday")
	}
	differs := map[key]bool{}
	add := func(date string, worked bool) error {
		t, err := time.ParseInLocation(time.DateOnly, date, China)
		if err != nil || t.Year() != y.Year {
			return fmt.Errorf("%q is no day of %d", date, y.Year)
		}
		k := key{t.Year(), t.Month(), t.Day()}
		if _, twice := differs[k]; twice {
			return fmt.Errorf("%s is listed twice", date)
		}
		if weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday; worked && !weekend {
			return fmt.Errorf("%s is worked anyhow: it is a %s", date, t.Weekday())
		}
		differs[k] = worked
		return nil
	}
	for _, p := range y.Holidays {
		first, err := time.ParseInLocation(time.DateOnly, p.From, China)
		last, err2 := time.ParseInLocation(time.DateOnly, p.To, China)
		if err != nil || err2 != nil || last.Before(first) || Days(first, last) > 31 {
			return fmt.Errorf("%s: %q to %q is no holiday", p.Name, p.From, p.To)
		}
		for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
			if err := add(day.Format(time.DateOnly), false); err != nil {
				return err
			}
		}
	}
	for _, date := range y.Workdays {
		if err := add(date, true); err != nil {
			return err
		}
	}
	for k := range c.differs {
		if k.year == y.Year {
			delete(c.differs, k)
		}
	}
	for k, worked := range differs {
		c.differs[k] = worked
	}
	c.sources[y.Year] = y.Source
	return nil
}

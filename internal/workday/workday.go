// Package workday counts working days in China (行政许可法 art. 82).
//
// Which days are worked is data, not arithmetic: the State Council gives the
// holidays of a year, and the weekend days worked in exchange (调休), in a notice
// each autumn. The years of days/ are built in; a folder of the same files adds
// years and replaces built-in ones. A year without data has the days Monday to
// Friday, and [Calendar.Official] says that this is a guess.
//
// A day is a day in China: a time stands for the Chinese day that it falls on.
// Counting follows 民法典 art. 201: the day of the act is not counted.
package workday

import "time"

// China is the zone in which days begin.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

// Calendar knows the working days. Build it with [Load].
type Calendar struct {
	sources map[int]string // year → notice; only years with data
	differs map[key]bool   // days that are not what their weekday says → worked?
}

// key is a day; a time.Time with its zone would not compare.
type key struct {
	year  int
	month time.Month
	day   int
}

// Day is the beginning of the Chinese day that t falls on.
func Day(t time.Time) time.Time {
	y, m, d := t.In(China).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, China)
}

// Date gives the Chinese day that t falls on as 2006-01-02.
func Date(t time.Time) string { return t.In(China).Format(time.DateOnly) }

// Days counts days of the calendar, worked or not, from one day to another: 0 on
// the same day, 1 for tomorrow, -1 for yesterday.
func Days(from, to time.Time) int {
	return int(Day(to).Sub(Day(from)) / (24 * time.Hour)) // China has no summer time
}

// IsWorkday reports whether the day is worked.
func (c *Calendar) IsWorkday(day time.Time) bool {
	day = day.In(China)
	y, m, d := day.Date()
	if worked, ok := c.differs[key{y, m, d}]; ok {
		return worked
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// Official reports whether the days of the year were published. For any other
// year the calendar holds Monday to Friday to be worked.
func (c *Calendar) Official(year int) bool { return c.sources[year] != "" }

// OfficialBetween reports whether every year from one day to another is official.
func (c *Calendar) OfficialBetween(from, to time.Time) bool {
	first, last := from.In(China).Year(), to.In(China).Year()
	for y := min(first, last); y <= max(first, last); y++ {
		if !c.Official(y) {
			return false
		}
	}
	return true
}

// Source is the notice that the days of the year come from, "" where there is none.
func (c *Calendar) Source(year int) string { return c.sources[year] }

// Add gives the beginning of the n-th working day after the day of from, which
// itself is not counted; a period of n working days ends when that day ends.
// With n = 0 it is the day of from, worked or not; a negative n counts backwards.
func (c *Calendar) Add(from time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	day := Day(from)
	for n > 0 {
		if day = day.AddDate(0, 0, step); c.IsWorkday(day) {
			n--
		}
	}
	return day
}

// Between counts the working days after the day of from, up to and including the
// day of to: Between(d, Add(d, n)) is n. When to lies before from it is
// -Between(to, from): the working days that have passed since.
func (c *Calendar) Between(from, to time.Time) int {
	from, to = Day(from), Day(to)
	sign := 1
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	n := 0
	for day := from; day.Before(to); {
		if day = day.AddDate(0, 0, 1); c.IsWorkday(day) {
			n++
		}
	}
	return sign * n
}

// OnOrAfter is the day itself if it is worked, else the next one that is: a period
// of calendar days whose last day is a day off ends with the day after (民法典 art. 203).
func (c *Calendar) OnOrAfter(day time.Time) time.Time {
	day = Day(day)
	for !c.IsWorkday(day) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

package api

// Route is a row of the route table, for tests that go over all of them.
type Route struct{ Method, Path, Access, Scope, Given string }

// Routes is the route table, with paths as the contract writes them.
func Routes() []Route {
	var out []Route
	for _, r := range (&API{}).routes() {
		out = append(out, Route{r.method, documented(r.path), r.who.name, r.who.scope, r.who.given})
	}
	return out
}

// documented turns /filings/:id into /filings/{id}.
func documented(path string) string {
	out, parameter := "", false
	for _, c := range path + "/" {
		switch {
		case c == ':':
			parameter, out = true, out+"{"
			continue
		case c == '/' && parameter:
			parameter, out = false, out+"}"
		}
		out += string(c)
	}
	return out[:len(out)-1]
}

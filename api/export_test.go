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

// Package frontend carries the built single-page application inside the binary.
package frontend

import (
	"embed"
	"io/fs"
)

// The folder always holds .gitkeep, so the module compiles before the first
// `npm run build`; the server then has no index.html and says so.
//
//go:embed all:dist
var dist embed.FS

// Dist is the built application, rooted where index.html lies. Without a build
// it holds nothing but .gitkeep.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path by construction
	}
	return sub
}

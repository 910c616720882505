// Package frontend embeds the built web UI and does nothing else. In a build
// without Node the folder holds only .gitkeep, and the API serves a page that
// says so.
package frontend

import "embed"

// Dist is the built UI below "dist/".
//
//go:embed all:dist
var Dist embed.FS

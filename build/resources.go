package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/template"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

// fill fills one of the templates in build/windows the way Wails does.
func (b *builder) fill(name string, p product) ([]byte, error) {
	text, err := os.ReadFile(b.path("build", "windows", name))
	if err != nil {
		return nil, fmt.Errorf("reading a template: %w", err)
	}
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the template %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, struct {
		Name string
		Info any
	}{"gumshoe", p.Info}); err != nil {
		return nil, fmt.Errorf("filling the template %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// resources puts icon, manifest and version together. The numbers are the ones
// that Wails looks its window's icon up by.
func (b *builder) resources(p product) (*winres.ResourceSet, error) {
	rs := &winres.ResourceSet{}
	ico, err := os.ReadFile(b.path("build", "windows", "icon.ico"))
	if err != nil {
		return nil, fmt.Errorf("reading the icon: %w", err)
	}
	icon, err := winres.LoadICO(bytes.NewReader(ico))
	if err != nil {
		return nil, fmt.Errorf("reading the icon: %w", err)
	}
	if err := rs.SetIcon(winres.ID(3), icon); err != nil {
		return nil, fmt.Errorf("adding the icon: %w", err)
	}
	xml, err := b.fill("wails.exe.manifest", p)
	if err != nil {
		return nil, err
	}
	manifest, err := winres.AppManifestFromXML(xml)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	rs.SetManifest(manifest)
	info, err := b.fill("info.json", p)
	if err != nil {
		return nil, err
	}
	var v version.Info
	if err := json.Unmarshal(info, &v); err != nil {
		return nil, fmt.Errorf("reading info.json: %w", err)
	}
	rs.SetVersionInfo(v)
	return rs, nil
}

// writeObject writes the resources as the object file that go build links.
func writeObject(w io.Writer, rs *winres.ResourceSet, arch string) error {
	a := winres.ArchAMD64
	if arch == "arm64" {
		a = winres.ArchARM64
	}
	if err := rs.WriteObject(w, a); err != nil {
		return fmt.Errorf("writing resources: %w", err)
	}
	return nil
}

func (b *builder) writeResources(path, arch string, p product) error {
	rs, err := b.resources(p)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing resources: %w", err)
	}
	return errors.Join(writeObject(f, rs, arch), f.Close())
}

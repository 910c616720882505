package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"strings"

	"gumshoe/backend/settings"
	"gumshoe/backend/setup"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
)

// baseURLsOf are the URLs to paste on the same machine, by upstream.
func baseURLsOf(list []upstream.Upstream, key, listen string) map[string]string {
	out := map[string]string{}
	for _, b := range setup.BaseURLs(list, key, listen, setup.Network{}) {
		if b.Place == setup.SameMachine {
			out[b.Upstream.Name] = b.URL
		}
	}
	return out
}

func (p *program) baseURLs() map[string]string {
	return baseURLsOf(p.registry.All(), p.writeKey, p.server.Addr())
}

// url prints the base URLs, beside a running Gumshoe or without one.
func (c command) url() int {
	var o options
	flags := flag.NewFlagSet("gumshoe url", flag.ContinueOnError)
	urlFlags(flags, &o, c.env)
	c.args = flagsFirst(c.args)
	if code, ok := c.parse(flags, 1); !ok {
		return code
	}
	dir, err := prepareData(o.data)
	if err != nil {
		return c.fail(err)
	}
	keeper, err := openKeeper(dir, c.env)
	if err != nil {
		return c.fail(err)
	}
	now, runs := runningNow(dir)
	if runs && now.OwnKey && o.writeKey == "" {
		c.say("the Gumshoe that runs on %s was given its write key by --write-key: say the same here", dir)
		return 1
	}
	key, err := ownKey(keeper, writeKeyName, "gs-", o.writeKey)
	if err != nil {
		return c.fail(err)
	}
	if runs && o.listen == "" {
		o.listen = now.Proxy // what runs knows best
	}
	if runs && len(o.upstreams) == 0 {
		o.upstreams = now.Upstreams
	}
	list, listen, err := c.configured(dir, o)
	if err != nil {
		return c.fail(err)
	}
	urls := baseURLsOf(list, key, listen)
	want := flags.Arg(0)
	if want != "" {
		if urls[want] == "" {
			c.say("there is no upstream %q; gumshoe url lists them all", want)
			return 1
		}
		fmt.Fprintln(c.stdout, urls[want])
		return 0
	}
	for _, u := range list {
		fmt.Fprintf(c.stdout, "%s\t%s\n", u.Name, urls[u.Name])
	}
	return 0
}

// configured reads the upstreams and the listen address of a data folder.
func (c command) configured(dir string, o options) ([]upstream.Upstream, string, error) {
	var keep settings.Keeper = nothing{}
	st, err := store.OpenReadOnly(c.ctx, store.Config{Path: dbPath(dir)})
	switch {
	case err == nil:
		defer st.Close()
		keep = st
	case !errors.Is(err, fs.ErrNotExist):
		return nil, "", err
	}
	s := settings.New(keep)
	r, err := upstreams(c.ctx, s, o.upstreams)
	if err != nil {
		return nil, "", err
	}
	listen := o.listen
	if listen == "" {
		if listen, err = s.Listen(c.ctx); err != nil {
			return nil, "", err
		}
	}
	if listen == "" {
		listen = defaultListen
	}
	return r.All(), listen, nil
}

// flagsFirst lets flags stand behind the upstream's name as well.
func flagsFirst(args []string) []string {
	if len(args) > 1 && !strings.HasPrefix(args[0], "-") {
		return append(append([]string{}, args[1:]...), args[0])
	}
	return args
}

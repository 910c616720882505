package setup

import (
	"strings"
	"testing"

	"gumshoe/backend/upstream"
)

func two(t *testing.T) []upstream.Upstream {
	t.Helper()
	var list []upstream.Upstream
	for _, s := range []string{"ollama=http://127.0.0.1:11434", "openai=https://api.openai.com/v1"} {
		u, err := upstream.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	return list
}

func TestBaseURLs(t *testing.T) {
	n := Network{LAN: "192.168.1.5", Docker: "172.17.0.1"}
	for listen, want := range map[string]string{
		"127.0.0.1:8731": "same_machine http://127.0.0.1:8731/k/ollama true, docker_desktop http://host.docker.internal:8731/k/ollama true, " +
			"docker_linux http://host.docker.internal:8731/k/ollama false 0.0.0.0:8731, lan http://192.168.1.5:8731/k/ollama false 0.0.0.0:8731",
		"0.0.0.0:9000": "same_machine http://127.0.0.1:9000/k/ollama true, docker_desktop http://host.docker.internal:9000/k/ollama true, " +
			"docker_linux http://host.docker.internal:9000/k/ollama true, lan http://192.168.1.5:9000/k/ollama true",
		"172.17.0.1:8731": "same_machine http://172.17.0.1:8731/k/ollama true, docker_desktop http://host.docker.internal:8731/k/ollama false 127.0.0.1:8731, " +
			"docker_linux http://host.docker.internal:8731/k/ollama true, lan http://192.168.1.5:8731/k/ollama false 0.0.0.0:8731",
	} {
		var got []string
		for _, b := range BaseURLs(two(t)[:1], "k", listen, n) {
			s := b.Place + " " + b.URL
			if b.Works {
				s += " true"
			} else {
				s += " false " + b.Needs
			}
			got = append(got, s)
		}
		if g := strings.Join(got, ", "); g != want {
			t.Errorf("%s:\n got %s\nwant %s", listen, g, want)
		}
	}
	if u := BaseURLs(two(t), "k", "127.0.0.1:8731", n)[4].URL; u != "http://127.0.0.1:8731/k/openai/v1" {
		t.Errorf("the URL ends in /v1 where the upstream's does: %s", u)
	}
}

func TestChoices(t *testing.T) {
	current := ""
	for _, c := range Choices("127.0.0.1:8731", Network{Docker: "172.17.0.1"}) {
		if c.Current {
			current += c.Address + " " + c.Opens
		}
	}
	if current != "127.0.0.1:8731 loopback" {
		t.Errorf("current is %q", current)
	}
	if l := Choices("10.0.0.9:8731", Network{}); len(l) != 3 || !l[2].Current || l[2].Opens != "lan" {
		t.Errorf("an address of one's own: %+v", l)
	}
}

func TestDockerRun(t *testing.T) {
	line := DockerRun(two(t), "k", "127.0.0.1:8731")
	for _, part := range []string{"--add-host=host.docker.internal:host-gateway", "OLLAMA_BASE_URL=http://host.docker.internal:8731/k/ollama ",
		"OPENAI_API_BASE_URL=http://host.docker.internal:8731/k/openai/v1 "} {
		if !strings.Contains(line, part) {
			t.Errorf("%q lacks %q", line, part)
		}
	}
}

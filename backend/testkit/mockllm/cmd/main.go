// Command cmd runs the mock upstream on a loopback port.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"

	"gumshoe/backend/testkit/mockllm"
)

func main() {
	var c mockllm.Config
	addr := flag.String("addr", "127.0.0.1:18000", "loopback address to listen on")
	flag.IntVar(&c.Tokens, "tokens", 16, "completion tokens of model 'mock'")
	flag.IntVar(&c.Bytes, "chunk", 5, "bytes per token")
	flag.DurationVar(&c.Delay, "delay", 0, "pause between tokens")
	flag.DurationVar(&c.TTFT, "ttft", 0, "pause before the first byte")
	flag.DurationVar(&c.Hang, "hang", 0, "how long fault-hang and fault-stall keep silent (0: 2 minutes)")
	flag.Parse()
	host, _, err := net.SplitHostPort(*addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		log.Fatalf("mockllm listens on loopback only, not %q", *addr)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("mockllm on http://%s", l.Addr())
	log.Fatal(http.Serve(l, mockllm.New(c)))
}

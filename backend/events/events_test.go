package events

import (
	"sync"
	"testing"
)

func TestSlowSubscriberLosesAndIsCounted(t *testing.T) {
	b := New[int]()
	slow, endSlow := b.Subscribe(2)
	quick, _ := b.Subscribe(10)
	for i := range 5 {
		b.Publish(i)
	}
	if len(slow) != 2 || len(quick) != 5 || b.Dropped() != 3 {
		t.Errorf("slow has %d, quick %d, dropped %d", len(slow), len(quick), b.Dropped())
	}
	endSlow()
	b.Publish(9)
	if b.Dropped() != 3 || b.Listeners() != 1 {
		t.Errorf("after the end: dropped %d, listeners %d", b.Dropped(), b.Listeners())
	}
	b.Close()
	b.Publish(1)
	for range 6 {
		<-quick
	}
	if _, ok := <-quick; ok {
		t.Error("the channel is open after Close")
	}
	if late, _ := b.Subscribe(1); func() bool { _, ok := <-late; return ok }() {
		t.Error("a subscription after Close is open")
	}
}

func TestConcurrent(t *testing.T) {
	b := New[int]()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				_, end := b.Subscribe(1)
				b.Publish(i)
				end()
			}
		})
	}
	wg.Wait()
	b.Close()
	if b.Listeners() != 0 {
		t.Errorf("%d listeners are left", b.Listeners())
	}
}

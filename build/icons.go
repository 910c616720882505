package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"

	"github.com/tc-hib/winres"
)

const iconSize = 1024

// icons draws the icon and writes it in the forms that the systems want.
func (b *builder) icons(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("icons takes no arguments, not %q", args)
	}
	img := drawIcon()
	f, err := os.Create(b.path("build", "appicon.png"))
	if err != nil {
		return fmt.Errorf("writing the icon: %w", err)
	}
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := errors.Join(enc.Encode(f, img), f.Close()); err != nil {
		return fmt.Errorf("writing the icon: %w", err)
	}
	icon, err := winres.NewIconFromResizedImage(img, []int{256, 128, 64, 48, 32, 24, 16})
	if err != nil {
		return fmt.Errorf("making the Windows icon: %w", err)
	}
	f, err = os.Create(b.path("build", "windows", "icon.ico"))
	if err != nil {
		return fmt.Errorf("writing the Windows icon: %w", err)
	}
	if err := errors.Join(icon.SaveICO(f), f.Close()); err != nil {
		return fmt.Errorf("writing the Windows icon: %w", err)
	}
	return nil
}

// shape is a signed distance: negative inside, in pixels.
type shape func(x, y float64) float64

func circle(cx, cy, r float64) shape {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

// line is a thick line with round ends.
func line(ax, ay, bx, by, r float64) shape {
	return func(x, y float64) float64 {
		dx, dy := bx-ax, by-ay
		t := ((x-ax)*dx + (y-ay)*dy) / (dx*dx + dy*dy)
		t = math.Max(0, math.Min(1, t))
		return math.Hypot(x-ax-t*dx, y-ay-t*dy) - r
	}
}

func box(x0, y0, x1, y1, r float64) shape {
	cx, cy, hx, hy := (x0+x1)/2, (y0+y1)/2, (x1-x0)/2-r, (y1-y0)/2-r
	return func(x, y float64) float64 {
		qx, qy := math.Abs(x-cx)-hx, math.Abs(y-cy)-hy
		return math.Hypot(math.Max(qx, 0), math.Max(qy, 0)) + math.Min(math.Max(qx, qy), 0) - r
	}
}

// drawIcon draws a magnifying glass over a speech bubble.
func drawIcon() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, iconSize, iconSize))
	glass := color.NRGBA{255, 196, 61, 255}
	layers := []struct {
		is shape
		in color.NRGBA
	}{
		{box(32, 32, 992, 992, 210), color.NRGBA{30, 41, 66, 255}},
		{box(160, 190, 760, 620, 110), color.NRGBA{226, 232, 245, 255}},
		{line(330, 570, 240, 706, 40), color.NRGBA{226, 232, 245, 255}},
		{line(270, 320, 640, 320, 26), color.NRGBA{142, 156, 188, 255}},
		{line(270, 410, 500, 410, 26), color.NRGBA{142, 156, 188, 255}},
		{line(270, 500, 420, 500, 26), color.NRGBA{142, 156, 188, 255}},
		{line(730, 730, 850, 850, 74), color.NRGBA{30, 41, 66, 255}},
		{line(730, 730, 850, 850, 54), glass},
		{circle(610, 610, 218), color.NRGBA{30, 41, 66, 255}},
		{circle(610, 610, 198), glass},
		{circle(610, 610, 146), color.NRGBA{74, 118, 196, 255}},
		{line(530, 590, 566, 540, 20), color.NRGBA{255, 255, 255, 230}},
	}
	for y := range iconSize {
		for x := range iconSize {
			var r, g, bl, a float64
			for _, l := range layers {
				cover := math.Max(0, math.Min(1, 0.5-l.is(float64(x)+0.5, float64(y)+0.5))) * float64(l.in.A) / 255
				r = r*(1-cover) + float64(l.in.R)*cover
				g = g*(1-cover) + float64(l.in.G)*cover
				bl = bl*(1-cover) + float64(l.in.B)*cover
				a = a*(1-cover) + cover
			}
			if a > 0 {
				img.SetNRGBA(x, y, color.NRGBA{uint8(r/a + 0.5), uint8(g/a + 0.5), uint8(bl/a + 0.5), uint8(a*255 + 0.5)})
			}
		}
	}
	return img
}

package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // PNG files are read by image.Decode

	"hygie/document"
)

// maxPixels bounds what a picture takes in memory when unpacked: 40 million points, above any telephone's photograph worth printing.
const maxPixels = 40_000_000

// A picture is an image as a page shows it.
type picture struct {
	id      int
	name    string
	entries string
	data    []byte
	plain   bool // already compressed
	w, h    int
}

// image sets a picture no wider than the text and no higher than most of a page, or its words where it cannot be read.
func (p *painter) image(b document.Image) {
	p.gap(6)
	pic, err := decode(b.Data)
	if err != nil {
		p.note(document.Note{Spans: document.Text(b.Alt)})
		return
	}
	pic.name = fmt.Sprintf("I%d", len(p.pictures)+1)
	p.pictures = append(p.pictures, pic)
	share := b.Width
	if share <= 0 || share > 1 {
		share = 1
	}
	w := p.wide() * share
	h := w * float64(pic.h) / float64(pic.w)
	if highest := (p.height - top - bottom) * 0.7; h > highest {
		w, h = w*highest/h, highest
	}
	p.room(h + textLead)
	figure := p.root.add("Figure")
	figure.alt = b.Alt
	p.mark(figure)
	p.y -= h
	fmt.Fprintf(&p.page.content, "q %s 0 0 %s %s %s cm /%s Do Q\n", number(w), number(h), number(side), number(p.y), pic.name)
	p.unmark()
	p.page.images = append(p.page.images, pic)
	if b.Caption != "" {
		p.paragraph(p.root.add("P"), document.Text(b.Caption), side, p.wide(), smallSize, 11, false)
	}
}

// decode makes a picture of a file: photographs in three colours or grey as they are, everything else unpacked on white.
func decode(data []byte) (*picture, error) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, fmt.Errorf("an image of %d by %d points is too large", c.Width, c.Height)
	}
	entries := func(space string) string {
		return fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8", c.Width, c.Height, space)
	}
	if kind == "jpeg" {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			return nil, err
		}
		switch c.ColorModel {
		case color.YCbCrModel:
			return &picture{entries: entries("DeviceRGB") + " /Filter /DCTDecode", data: data, plain: true, w: c.Width, h: c.Height}, nil
		case color.GrayModel:
			return &picture{entries: entries("DeviceGray") + " /Filter /DCTDecode", data: data, plain: true, w: c.Width, h: c.Height}, nil
		}
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	rgb := make([]byte, 0, 3*c.Width*c.Height)
	box := img.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			white := 0xffff - a
			rgb = append(rgb, byte((r+white)>>8), byte((g+white)>>8), byte((b+white)>>8))
		}
	}
	return &picture{entries: entries("DeviceRGB"), data: rgb, w: c.Width, h: c.Height}, nil
}

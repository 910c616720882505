package journal

import (
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
)

// A segment's header: magic, salt, CRC-32C of both. A record's frame:
//
//	length u32 | crc u32 | type u8 | id [16]byte | at i64 | payload
//
// little-endian; length counts from type on and is xored with the segment's
// salt, the CRC covers the length and all from type on and starts from the salt.
// The salt is random: a body can hold neither a record nor bytes that look like
// many, which would make looking for the next sound record slow.
const (
	magic      = "gumshoe1"
	headerSize = 16
	frameSize  = 8 + frameFixed
	frameFixed = 1 + 16 + 8
)

func newHeader() (header []byte, salt uint32) {
	header = make([]byte, headerSize)
	copy(header, magic)
	_, _ = rand.Read(header[8:12]) // never fails
	binary.LittleEndian.PutUint32(header[12:], checksum(0, header[:12]))
	return header, binary.LittleEndian.Uint32(header[8:])
}

func parseHeader(b []byte) (salt uint32, ok bool) {
	if len(b) < headerSize || string(b[:8]) != magic ||
		binary.LittleEndian.Uint32(b[12:]) != checksum(0, b[:12]) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b[8:]), true
}

func checksum(crc uint32, b []byte) uint32 {
	// MakeTable returns one shared table for Castagnoli.
	return crc32.Update(crc, crc32.MakeTable(crc32.Castagnoli), b)
}

func appendFrame(b []byte, r Record, salt uint32) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(frameFixed+len(r.Payload))^salt)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = append(b, byte(r.Type))
	b = append(b, r.ID[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.At))
	b = append(b, r.Payload...)
	binary.LittleEndian.PutUint32(b[start+4:], frameSum(b[start:], salt))
	return b
}

func frameSum(frame []byte, salt uint32) uint32 {
	return checksum(checksum(salt, frame[:4]), frame[8:])
}

// frameLen reads the full length of the frame that begins with b, header
// included; ok says whether b can begin a frame at all. b has frameSize bytes.
func frameLen(b []byte, salt uint32) (n int, ok bool) {
	length := binary.LittleEndian.Uint32(b) ^ salt
	typ := Type(b[8])
	limit := uint32(frameFixed + maxPayload)
	if typ == ReqChunk || typ == ReplyChunk {
		limit = frameFixed + MaxChunk
	}
	if length < frameFixed || length > limit || typ < Start || typ > End {
		return 0, false
	}
	return 8 + int(length), true
}

// parseFrame reads a whole frame; ok says whether it is sound.
func parseFrame(frame []byte, salt uint32) (r Record, ok bool) {
	if binary.LittleEndian.Uint32(frame[4:]) != frameSum(frame, salt) {
		return Record{}, false
	}
	r.Type = Type(frame[8])
	copy(r.ID[:], frame[9:25])
	r.At = int64(binary.LittleEndian.Uint64(frame[25:]))
	r.Payload = frame[frameSize:]
	return r, true
}

// Size is how many bytes r takes in the journal: a record that ends at a
// position begins so many bytes before it. Chunks larger than MaxChunk take
// more, being several records.
func Size(r Record) int64 { return frameSize + int64(len(r.Payload)) }

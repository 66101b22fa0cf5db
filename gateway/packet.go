package gateway

import (
	"encoding/binary"

	"usher/gateway/wire"
)

// packet is a whole WebSocket frame as it leaves a server, header and payload: made once, the same bytes to all who get it.
type packet []byte

// What the header of a frame says that ends its message.
const (
	headText  = 0x81
	headClose = 0x88
	headPing  = 0x89
)

// textPacket is a message of text.
func textPacket(payload []byte) packet {
	p := make(packet, 0, 10+len(payload))
	switch n := len(payload); {
	case n < 126:
		p = append(p, headText, byte(n))
	case n <= 0xFFFF:
		p = binary.BigEndian.AppendUint16(append(p, headText, 126), uint16(n))
	default:
		p = binary.BigEndian.AppendUint64(append(p, headText, 127), uint64(n))
	}
	return append(p, payload...)
}

// closePacket begins the closing handshake.
func closePacket(code wire.CloseCode) packet {
	reason := code.Reason()
	p := binary.BigEndian.AppendUint16(packet{headClose, byte(2 + len(reason))}, uint16(code))
	return append(p, reason...)
}

// pingPacket asks whether anybody is there.
var pingPacket = packet{headPing, 0}

// payload is what the packet says.
func (p packet) payload() []byte {
	switch p[1] {
	case 126:
		return p[4:]
	case 127:
		return p[10:]
	}
	return p[2:]
}

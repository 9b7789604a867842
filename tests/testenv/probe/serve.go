package main

import (
	"net"
	"net/http"
)

// serve answers on TCP and UDP of one port and comes back only with an error.
func serve(address string) error {
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	go echo(packets)
	return http.ListenAndServe(address, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_, _ = writer.Write([]byte("probe sees " + request.RemoteAddr + "\n"))
	}))
}

func echo(packets net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		length, sender, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = packets.WriteTo(buffer[:length], sender)
	}
}

package main

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// decodedHex is ESO's hexdec, which sprig has not: an error is the text.
func decodedHex(text string) string {
	data, err := hex.DecodeString(text)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// algorithm is a type of its own in ESO, so templates can give constants for it only.
type algorithm string

// htpasswd is ESO's, which takes the algorithm as well: "sha", and bcrypt for all others.
func htpasswd(user, password string, wanted algorithm) string {
	if strings.Contains(user, ":") {
		return "invalid username: " + user
	}
	if wanted == "sha" {
		sum := sha1.Sum([]byte(password))
		return user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
	}
	hashed, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return user + ":failed to encrypt string with bcrypt: " + err.Error()
	}
	return user + ":" + string(hashed)
}

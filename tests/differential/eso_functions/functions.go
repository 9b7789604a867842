package main

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/Masterminds/sprig/v3"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"software.sslmate.com/src/go-pkcs12"
)

// hashAlgorithm stands for the named string type of ESO's copy of sprig.
type hashAlgorithm string

// esoFunctions are those of ESO 2.9, written anew after its documentation and behaviour.
var esoFunctions = map[string]any{
	"toYaml":                    toYAML,
	"fromYaml":                  fromYAML,
	"hexdec":                    decodedHex,
	"htpasswd":                  htpasswd,
	"filterPEM":                 filterPEM,
	"filterCertChain":           filterCertChain,
	"certSANs":                  certSANs,
	"jwkPublicKeyPem":           jwkPublicKeyPem,
	"jwkPrivateKeyPem":          jwkPrivateKeyPem,
	"rsaDecrypt":                rsaDecrypt,
	"pkcs12key":                 func(archive string) (string, error) { return pkcs12Key("", archive) },
	"pkcs12keyPass":             pkcs12Key,
	"pkcs12cert":                func(archive string) (string, error) { return pkcs12Certificates("", archive) },
	"pkcs12certPass":            pkcs12Certificates,
	"pemToPkcs12":               func(cert, key string) (string, error) { return toArchive(cert, key, "", false) },
	"pemToPkcs12Pass":           func(cert, key, pass string) (string, error) { return toArchive(cert, key, pass, false) },
	"fullPemToPkcs12":           func(cert, key string) (string, error) { return toArchive(cert, key, "", true) },
	"fullPemToPkcs12Pass":       func(cert, key, pass string) (string, error) { return toArchive(cert, key, pass, true) },
	"pemTruststoreToPKCS12":     func(certs string) (string, error) { return toTrustStore(certs, "") },
	"pemTruststoreToPKCS12Pass": toTrustStore,
}

func htpasswd(user, password string, algorithm hashAlgorithm) string {
	if strings.ContainsRune(user, ':') {
		return "invalid username: " + user
	}
	if algorithm == "sha" {
		sum := sha1.Sum([]byte(password))
		return user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
	}
	return user + ":" + sprig.TxtFuncMap()["bcrypt"].(func(string) string)(password)
}

func block(label string, data []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: data}))
}

// blocks gives those of a text and what is left behind the last one.
func blocks(text []byte) (found []*pem.Block, rest []byte) {
	for {
		next, behind := pem.Decode(text)
		if next == nil {
			return found, behind
		}
		found, text = append(found, next), behind
	}
}

func fromFirstBlock(text string) []byte {
	return []byte(text[max(strings.Index(text, "-----BEGIN"), 0):])
}

func filterPEM(label, text string) (string, error) {
	var kept strings.Builder
	all, rest := blocks(fromFirstBlock(text))
	for _, one := range all {
		if strings.EqualFold(one.Type, label) {
			if err := pem.Encode(&kept, one); err != nil {
				return "", err
			}
		}
	}
	if kept.Len() == 0 && len(rest) > 0 {
		return "", errors.New("error filtering pem: found junk")
	}
	return kept.String(), nil
}

func certificates(text []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	all, _ := blocks(text)
	for _, one := range all {
		certificate, err := x509.ParseCertificate(one.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	return found, nil
}

// inOrder puts certificates from the leaf to the root: each one's parent is the first other with the key it names.
func inOrder(all []*x509.Certificate) ([]*x509.Certificate, error) {
	parents, isParent := make([]int, len(all)), make([]bool, len(all))
	for i := range all {
		parents[i] = -1
		for j := range all {
			if i != j && bytes.Equal(all[i].AuthorityKeyId, all[j].SubjectKeyId) {
				parents[i], isParent[j] = j, true
				break
			}
		}
	}
	leaf := -1
	for i := range all {
		if isParent[i] {
			continue
		}
		if leaf >= 0 {
			return nil, errors.New("found multiple leaf or disjunct certificates")
		}
		leaf = i
	}
	if leaf < 0 {
		return nil, errors.New("no leaf certificate found")
	}
	var chain []*x509.Certificate
	for at := leaf; at >= 0; at = parents[at] {
		if len(chain) == len(all) {
			return nil, errors.New("constructing chain resulted in cycle")
		}
		chain = append(chain, all[at])
	}
	return chain, nil
}

func isRoot(certificate *x509.Certificate) bool {
	return certificate.AuthorityKeyId == nil || bytes.Equal(certificate.AuthorityKeyId, certificate.SubjectKeyId)
}

func filterCertChain(part, text string) (string, error) {
	all, err := certificates([]byte(text))
	if err != nil {
		return "", err
	}
	chain, err := inOrder(all)
	if err != nil {
		return "", err
	}
	last := chain[len(chain)-1]
	switch {
	case part == "leaf" && !isRoot(chain[0]):
		return block("CERTIFICATE", chain[0].Raw), nil
	case part == "root" && isRoot(last):
		return block("CERTIFICATE", last.Raw), nil
	case part == "intermediate":
		var kept string
		for _, certificate := range chain[1:] {
			if isRoot(certificate) {
				break
			}
			kept += block("CERTIFICATE", certificate.Raw)
		}
		return kept, nil
	}
	return "", nil
}

func certSANs(text string) ([]string, error) {
	first, _ := pem.Decode(fromFirstBlock(text))
	if first == nil {
		return nil, errors.New("failed to decode PEM block")
	}
	certificate, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, fmt.Errorf("failed to parse certificate: %w", err)
	}
	names := append([]string{}, certificate.DNSNames...)
	for _, address := range certificate.IPAddresses {
		names = append(names, address.String())
	}
	names = append(names, certificate.EmailAddresses...)
	for _, uri := range certificate.URIs {
		names = append(names, uri.String())
	}
	return names, nil
}

func rawJWK(text string) (raw any, err error) {
	key, err := jwk.ParseKey([]byte(text))
	if err != nil {
		return nil, err
	}
	err = key.Raw(&raw)
	return raw, err
}

func jwkPublicKeyPem(text string) (string, error) {
	raw, err := rawJWK(text)
	if err != nil {
		return "", err
	}
	data, err := x509.MarshalPKIXPublicKey(raw)
	if err != nil {
		return "", err
	}
	return block("PUBLIC KEY", data), nil
}

func jwkPrivateKeyPem(text string) (string, error) {
	raw, err := rawJWK(text)
	if err != nil {
		return "", err
	}
	data, err := x509.MarshalPKCS8PrivateKey(raw)
	if err != nil {
		return "", err
	}
	return block("PRIVATE KEY", data), nil
}

func anyPrivateKey(data []byte) (any, error) {
	if key, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(data); err == nil {
		return key, nil
	}
	return nil, errors.New("unable to parse private key type")
}

func rsaDecrypt(scheme, hash, text, key string) (string, error) {
	if scheme == "None" {
		return text, nil
	}
	if scheme != "RSA-OAEP" {
		return "", fmt.Errorf("decryption scheme %v is not supported", scheme)
	}
	first, _ := pem.Decode([]byte(key))
	if first == nil {
		return "", errors.New("failed to decode PEM block")
	}
	parsed, err := anyPrivateKey(first.Bytes)
	if err != nil {
		return "", fmt.Errorf("could not parse private key: %w", err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return "", errors.New("could not parse RSA private key")
	}
	plain, err := rsa.DecryptOAEP(hashNamed(hash).New(), nil, private, []byte(text), nil)
	if err != nil {
		return "", fmt.Errorf("error decrypting data with RSA: %w", err)
	}
	return string(plain), nil
}

func hashNamed(name string) crypto.Hash {
	switch name {
	case "SHA1":
		return crypto.SHA1
	case "SHA512":
		return crypto.SHA512
	}
	return crypto.SHA256
}

func pkcs12Key(password, archive string) (string, error) {
	key, _, _, err := pkcs12.DecodeChain([]byte(archive), password)
	if err != nil {
		return "", fmt.Errorf("unable to decode pkcs12 with password: %w", err)
	}
	data, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return block("PRIVATE KEY", data), nil
}

func pkcs12Certificates(password, archive string) (string, error) {
	_, first, others, err := pkcs12.DecodeChain([]byte(archive), password)
	if err != nil {
		return "", fmt.Errorf("unable to decode pkcs12 certificate with password: %w", err)
	}
	all := append([]*x509.Certificate{first}, others...)
	if chain, err := inOrder(all); err == nil {
		all = chain
	}
	var text string
	for _, certificate := range all {
		text += block("CERTIFICATE", certificate.Raw)
	}
	return text, nil
}

// trailing reads blocks up to the end of the text and panics, as ESO does, if something else is there.
func trailing(text []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for len(text) > 0 {
		one, rest := pem.Decode(text)
		certificate, err := x509.ParseCertificate(one.Bytes)
		if err != nil {
			return nil, err
		}
		found, text = append(found, certificate), rest
	}
	return found, nil
}

func archiveParts(cert, key string, full bool) (any, *x509.Certificate, []*x509.Certificate, error) {
	first, rest := pem.Decode([]byte(cert))
	leaf, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, nil, nil, err
	}
	var others []*x509.Certificate
	if full {
		if others, err = trailing(rest); err != nil {
			return nil, nil, nil, err
		}
	}
	keyBlock, _ := pem.Decode([]byte(key))
	private, err := anyPrivateKey(keyBlock.Bytes)
	return private, leaf, others, err
}

func toArchive(cert, key, password string, full bool) (string, error) {
	private, leaf, others, err := archiveParts(cert, key, full)
	if err != nil {
		return "", err
	}
	data, err := pkcs12.Modern.Encode(private, leaf, others, password)
	return base64.StdEncoding.EncodeToString(data), err
}

func toTrustStore(certs, password string) (string, error) {
	all, err := trailing([]byte(certs))
	if err != nil {
		return "", err
	}
	data, err := pkcs12.Modern.EncodeTrustStore(all, password)
	return base64.StdEncoding.EncodeToString(data), err
}

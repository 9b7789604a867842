package main

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"golang.org/x/crypto/bcrypt"
	"software.sslmate.com/src/go-pkcs12"
)

// counter is a source of "random" bytes that counts, so that two programs can make the same archive.
type counter struct{ next byte }

func (c *counter) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = c.next
		c.next++
	}
	return len(into), nil
}

func repeatableArchive(chain, key, password string) (string, error) {
	private, leaf, others, err := archiveParts(chain, key, true)
	if err != nil {
		return "", err
	}
	data, err := pkcs12.Modern.WithRand(&counter{}).Encode(private, leaf, others, password)
	return base64.StdEncoding.EncodeToString(data), err
}

func repeatableTrustStore(certs, password string) (string, error) {
	all, err := trailing([]byte(certs))
	if err != nil {
		return "", err
	}
	data, err := pkcs12.Modern.WithRand(&counter{}).EncodeTrustStore(all, password)
	return base64.StdEncoding.EncodeToString(data), err
}

type issueRequest struct {
	CommonName string   `json:"common_name"`
	Serial     string   `json:"serial"`
	NotBefore  int64    `json:"not_before_s"`
	Days       int64    `json:"days"`
	Addresses  []string `json:"addresses"`
	DNS        []string `json:"dns"`
	IsCA       bool     `json:"is_ca"`
	Key        string   `json:"key"`
	Signer     string   `json:"signer"`
	SignerKey  string   `json:"signer_key"`
}

// issued makes a certificate with the fields of sprig's, but with the serial number and the time that are asked for.
func issued(asked issueRequest, fixtures map[string]string) (string, error) {
	serial, _ := new(big.Int).SetString(asked.Serial, 10)
	begin := time.Unix(asked.NotBefore, 0)
	wanted := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: asked.CommonName},
		DNSNames:              asked.DNS,
		NotBefore:             begin,
		NotAfter:              begin.Add(24 * time.Hour * time.Duration(asked.Days)),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  asked.IsCA,
	}
	if asked.IsCA {
		wanted.KeyUsage |= x509.KeyUsageCertSign
	}
	for _, address := range asked.Addresses {
		wanted.IPAddresses = append(wanted.IPAddresses, net.ParseIP(address))
	}
	key, err := keyInPEM(fixtures[asked.Key])
	if err != nil {
		return "", err
	}
	parent, parentKey := wanted, key
	if asked.Signer != "" {
		first, _ := pem.Decode([]byte(fixtures[asked.Signer]))
		if parent, err = x509.ParseCertificate(first.Bytes); err != nil {
			return "", err
		}
		if parentKey, err = keyInPEM(fixtures[asked.SignerKey]); err != nil {
			return "", err
		}
	}
	data, err := x509.CreateCertificate(rand.Reader, wanted, parent, publicHalf(key), parentKey)
	if err != nil {
		return "", err
	}
	return block("CERTIFICATE", data), nil
}

func keyInPEM(text string) (any, error) {
	first, _ := pem.Decode([]byte(text))
	return anyPrivateKey(first.Bytes)
}

// describedCertificate says what Go reads in a certificate, and whether it verifies against a root.
func describedCertificate(text, root string) (string, error) {
	all, err := certificates([]byte(text))
	if err != nil {
		return "", err
	}
	one, roots := all[0], x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(root))
	options := x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: one.NotBefore,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	verified := ""
	if _, err := one.Verify(options); err != nil {
		verified = err.Error()
	}
	described, err := json.Marshal(map[string]any{
		"common_name": one.Subject.CommonName, "issuer": one.Issuer.CommonName, "serial": one.SerialNumber.String(),
		"not_before_s": one.NotBefore.Unix(), "not_after_s": one.NotAfter.Unix(), "is_ca": one.IsCA,
		"key_usage": int(one.KeyUsage), "ext_key_usages": len(one.ExtKeyUsage), "dns": one.DNSNames,
		"addresses": fmt.Sprint(one.IPAddresses), "version": one.Version, "algorithm": one.SignatureAlgorithm.String(),
		"has_subject_key": len(one.SubjectKeyId) > 0, "verified": verified,
		"names_signer": bytes.Equal(one.AuthorityKeyId, firstKeyID(root)),
	})
	return string(described), err
}

func firstKeyID(text string) []byte {
	all, err := certificates([]byte(text))
	if err != nil || len(all) == 0 {
		return nil
	}
	return all[0].SubjectKeyId
}

func openedArchive(archive, password string) (string, error) {
	data, err := base64.StdEncoding.DecodeString(archive)
	if err != nil {
		return "", err
	}
	key, err := pkcs12Key(password, string(data))
	if err != nil {
		return "", err
	}
	chain, err := pkcs12Certificates(password, string(data))
	return key + chain, err
}

func openedTrustStore(store, password string) (string, error) {
	data, err := base64.StdEncoding.DecodeString(store)
	if err != nil {
		return "", err
	}
	all, err := pkcs12.DecodeTrustStore(data, password)
	var text string
	for _, certificate := range all {
		text += block("CERTIFICATE", certificate.Raw)
	}
	return text, err
}

func checkedBcrypt(hash, password string) (string, error) {
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)); err != nil {
		return "", err
	}
	cost, err := bcrypt.Cost([]byte(hash))
	return fmt.Sprint("cost ", cost), err
}

func parsedKey(text string) (string, error) {
	key, err := keyInPEM(text)
	return fmt.Sprintf("%T", key), err
}

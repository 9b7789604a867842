package main

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"hash"
	"math/big"
	"net"
	"net/url"
	"time"

	"bulkhead/differential/answering"
	"github.com/Masterminds/sprig/v3"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"software.sslmate.com/src/go-pkcs12"
)

func must[T any](value T, err error) T {
	if err != nil {
		answering.Fail(err)
	}
	return value
}

func publicHalf(key any) any { return key.(crypto.Signer).Public() }

type issuer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// chained makes a certificate of a name, signed by another or by itself.
func chained(name pkix.Name, signer *issuer, change func(*x509.Certificate)) issuer {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	wanted := &x509.Certificate{
		SerialNumber: must(rand.Int(rand.Reader, big.NewInt(1<<62))),
		Subject:      name,
		NotBefore:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2056, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	change(wanted)
	if signer == nil {
		signer = &issuer{wanted, key}
	}
	data := must(x509.CreateCertificate(rand.Reader, wanted, signer.certificate, key.Public(), signer.key))
	return issuer{must(x509.ParseCertificate(data)), key}
}

func authority(certificate *x509.Certificate) {
	certificate.IsCA, certificate.BasicConstraintsValid = true, true
}

func (i issuer) pem() string { return block("CERTIFICATE", i.certificate.Raw) }

func newFixtures() map[string]string {
	fixtures := map[string]string{}
	addCertificates(fixtures)
	addKeys(fixtures)
	return fixtures
}

func addCertificates(fixtures map[string]string) {
	plain := func(*x509.Certificate) {}
	root := chained(pkix.Name{CommonName: "Root", Organization: []string{"Ex, Inc.", "Two"}}, nil, func(c *x509.Certificate) {
		authority(c)
		c.AuthorityKeyId = []byte("itself")
		c.SubjectKeyId = []byte("itself")
	})
	upper := chained(pkix.Name{CommonName: "Upper"}, &root, authority)
	lower := chained(pkix.Name{CommonName: "Lower"}, &upper, authority)
	leaf := chained(pkix.Name{CommonName: "Leaf", Country: []string{"CH"}}, &lower, func(c *x509.Certificate) {
		c.DNSNames = []string{"a.example", "*.b.example"}
		c.IPAddresses = []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1"), net.ParseIP("::")}
		c.EmailAddresses = []string{"ada@example.org"}
		c.URIs = []*url.URL{must(url.Parse("spiffe://example.org/x")), must(url.Parse("https://example.org/a%20b"))}
	})
	other := chained(pkix.Name{CommonName: "Other"}, nil, plain)
	odd := chained(pkix.Name{
		CommonName: " #Ünï, \"x\" ", SerialNumber: "7", Locality: []string{"Bern"}, PostalCode: []string{"3000"},
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "é"}},
	}, nil, plain)
	first := chained(pkix.Name{CommonName: "One"}, nil, func(c *x509.Certificate) {
		c.SubjectKeyId, c.AuthorityKeyId = []byte("one"), []byte("two")
	})
	second := chained(pkix.Name{CommonName: "Two"}, nil, func(c *x509.Certificate) {
		c.SubjectKeyId, c.AuthorityKeyId = []byte("two"), []byte("one")
	})
	tail := chained(pkix.Name{CommonName: "Tail"}, &first, plain)
	key := block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(leaf.key)))
	for name, value := range map[string]string{
		"root": root.pem(), "upper": upper.pem(), "lower": lower.pem(), "leaf": leaf.pem(), "other": other.pem(),
		"odd": odd.pem(), "leaf_key": key, "chain": leaf.pem() + lower.pem() + upper.pem() + root.pem(),
		"mixed_chain": upper.pem() + leaf.pem() + root.pem() + lower.pem(), "no_root": leaf.pem() + lower.pem() + upper.pem(),
		"disjunct": leaf.pem() + other.pem(), "cycle": first.pem() + second.pem(), "tailed_cycle": first.pem() + second.pem() + tail.pem(),
		"chain_and_key": key + leaf.pem() + lower.pem(), "root_key": block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(root.key))),
		"headed": string(pem.EncodeToMemory(&pem.Block{Type: "NOTE", Headers: map[string]string{"Z": "1", "Proc-Type": "4,X", "A": "b c"}, Bytes: []byte("hello")})),
	} {
		fixtures[name] = value
	}
	addArchives(fixtures, leaf, []*x509.Certificate{root.certificate, lower.certificate, upper.certificate}, other)
}

func addArchives(fixtures map[string]string, leaf issuer, above []*x509.Certificate, other issuer) {
	encoders := map[string]*pkcs12.Encoder{
		"modern": pkcs12.Modern2023, "pbmac1": pkcs12.Modern2026, "des": pkcs12.LegacyDES, "rc2": pkcs12.LegacyRC2,
	}
	for name, encoder := range encoders {
		for _, password := range []string{"", "pässword"} {
			data := must(encoder.Encode(leaf.key, leaf.certificate, above, password))
			suffix := "_p12_b64"
			if password == "" {
				suffix = "_nopass_p12_b64"
			}
			fixtures[name+suffix] = base64.StdEncoding.EncodeToString(data)
		}
	}
	store := must(pkcs12.Modern.EncodeTrustStore(above, "secret"))
	fixtures["store_p12_b64"] = base64.StdEncoding.EncodeToString(store)
	plain := must(pkcs12.Passwordless.Encode(leaf.key, leaf.certificate, nil, ""))
	fixtures["plain_p12_b64"] = base64.StdEncoding.EncodeToString(plain)
	disjunct := must(pkcs12.Modern.Encode(leaf.key, leaf.certificate, []*x509.Certificate{other.certificate}, "secret"))
	fixtures["disjunct_p12_b64"] = base64.StdEncoding.EncodeToString(disjunct)
}

func addKeys(fixtures map[string]string) {
	private := must(rsa.GenerateKey(rand.Reader, 2048))
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	must(0, err)
	montgomery := must(ecdh.X25519().GenerateKey(rand.Reader))
	functions := sprig.TxtFuncMap()
	fixtures["rsa_key"] = block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private))
	fixtures["rsa_pkcs8_key"] = block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private)))
	fixtures["ed25519_key"] = block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edwards)))
	fixtures["x25519_key"] = block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(montgomery)))
	fixtures["dsa_key"] = functions["genPrivateKey"].(func(string) string)("dsa")
	fixtures["bcrypt_hash"] = functions["bcrypt"].(func(string) string)("swordfish")
	fixtures["aes_text"] = must(functions["encryptAES"].(func(string, string) (string, error))("key", "plain text é"))
	addJWK(fixtures, "rsa", private)
	addJWK(fixtures, "ed25519", edwards)
	for name, curve := range map[string]elliptic.Curve{"p224": elliptic.P224(), "p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		key := must(ecdsa.GenerateKey(curve, rand.Reader))
		fixtures[name+"_key"] = block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))
		if name != "p224" {
			addJWK(fixtures, name, key)
		}
	}
	for name, digest := range map[string]hash.Hash{"sha1": sha1.New(), "sha256": sha256.New(), "sha512": sha512.New()} {
		data := must(rsa.EncryptOAEP(digest, rand.Reader, &private.PublicKey, []byte("hidden \xff"), nil))
		fixtures["oaep_"+name+"_b64"] = base64.StdEncoding.EncodeToString(data)
	}
	for _, name := range []string{"rsa", "p256", "ed25519", "leaf"} {
		fixtures[name+"_cert"], fixtures[name+"_cert_b64pem"] = selfSigned(fixtures[name+"_key"])
	}
	fixtures["rsa_key_b64pem"] = base64.StdEncoding.EncodeToString([]byte(fixtures["rsa_key"]))
}

func selfSigned(key string) (string, string) {
	asked := issueRequest{CommonName: "self", Serial: "5", NotBefore: 1767225600, Days: 3650, IsCA: true, Key: "key"}
	text := must(issued(asked, map[string]string{"key": key}))
	return text, base64.StdEncoding.EncodeToString([]byte(text))
}

func addJWK(fixtures map[string]string, name string, private any) {
	key := must(jwk.FromRaw(private))
	fixtures[name+"_jwk"] = string(must(json.Marshal(key)))
	fixtures[name+"_public_jwk"] = string(must(json.Marshal(must(key.PublicKey()))))
}

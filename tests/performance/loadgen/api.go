package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Replies with metadata only: cheaper, and no value comes back.
const (
	metadataOnly     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	metadataListOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// A call is a request that is ready to be sent.
type call struct {
	method, path, contentType string
	body                      []byte
}

// An api is an API server and the credential to use there.
type api struct {
	server string
	token  string
	client *http.Client
}

func newAPI(o options) (*api, error) {
	pem, err := os.ReadFile(o.caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it", o.caFile)
	}
	token, err := os.ReadFile(o.tokenFile)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
		MaxConnsPerHost:     o.connections,
		MaxIdleConnsPerHost: o.connections,
		DisableCompression:  true,
		// An empty map keeps it at HTTP/1.1, so that a connection is a connection.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	return &api{
		server: strings.TrimSuffix(o.server, "/"),
		token:  strings.TrimSpace(string(token)),
		client: &http.Client{Transport: transport, Timeout: 30 * time.Second},
	}, nil
}

// send makes a call and returns the HTTP status, or 0 if there was no reply.
func (a *api) send(c call) int {
	request, err := a.request(c.method, c.path, metadataOnly, c.body)
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", c.contentType)
	reply, err := a.client.Do(request)
	if err != nil {
		return 0
	}
	defer reply.Body.Close()
	// A connection can be used again only when its reply has been read.
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		return 0
	}
	return reply.StatusCode
}

// externalSecretUIDs lists the ExternalSecrets of a namespace, uid by name.
func (a *api) externalSecretUIDs(namespace string) (map[string]string, error) {
	uids := map[string]string{}
	for next := ""; ; {
		page, err := a.externalSecretPage(namespace, next)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			uids[item.Metadata.Name] = item.Metadata.UID
		}
		if next = page.Metadata.Continue; next == "" {
			return uids, nil
		}
	}
}

type externalSecretPage struct {
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
			UID  string `json:"uid"`
		} `json:"metadata"`
	} `json:"items"`
}

func (a *api) externalSecretPage(namespace, next string) (*externalSecretPage, error) {
	path := externalSecretsPath(namespace) + "?limit=500&continue=" + url.QueryEscape(next)
	request, err := a.request(http.MethodGet, path, metadataListOnly, nil)
	if err != nil {
		return nil, err
	}
	reply, err := a.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("listing ExternalSecrets: %w", err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("listing ExternalSecrets: HTTP status %d", reply.StatusCode)
	}
	page := &externalSecretPage{}
	if err := json.NewDecoder(reply.Body).Decode(page); err != nil {
		return nil, fmt.Errorf("listing ExternalSecrets: %w", err)
	}
	return page, nil
}

func (a *api) request(method, path, accept string, body []byte) (*http.Request, error) {
	request, err := http.NewRequest(method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("User-Agent", "bulkhead-loadgen")
	return request, nil
}

func externalSecretsPath(namespace string) string {
	return "/apis/external-secrets.io/v1/namespaces/" + url.PathEscape(namespace) + "/externalsecrets"
}

func secretsPath(namespace string) string {
	return "/api/v1/namespaces/" + url.PathEscape(namespace) + "/secrets"
}

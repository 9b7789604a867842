package main

import (
	"crypto/sha3"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const keysPerSecret = 6

// A mode says what is written in a sync.
type mode string

const (
	modeCreate    mode = "create"
	modeUpdate    mode = "update"
	modeUnchanged mode = "unchanged"
)

func (m mode) check() error {
	switch m {
	case modeCreate, modeUpdate, modeUnchanged:
		return nil
	}
	return fmt.Errorf("--mode %q: must be create, update or unchanged", string(m))
}

// Writes are the calls of one sync, in their order.
type writes []call

// object is any JSON object: their shapes are the API's, and stand once, where they are made.
type object map[string]any

func prepare(o options, uids map[string]string) ([]writes, error) {
	now := time.Now().UTC().Format(time.RFC3339)
	syncs := make([]writes, o.count)
	for number := range syncs {
		name := fmt.Sprintf(o.nameFormat, number)
		uid, exists := uids[name]
		if !exists {
			return nil, fmt.Errorf("namespace %q: no ExternalSecret %q", o.namespace, name)
		}
		secret, err := secretCall(o, name, uid)
		if err != nil {
			return nil, err
		}
		syncs[number] = writes{secret}
		if o.mode == modeUnchanged {
			continue
		}
		status, err := statusCall(o, name, uid, now)
		if err != nil {
			return nil, err
		}
		syncs[number] = append(syncs[number], status)
	}
	return syncs, nil
}

func secretCall(o options, name, uid string) (call, error) {
	data := map[string][]byte{}
	for key := range keysPerSecret {
		data[fmt.Sprintf("key-%d", key)] = fmt.Appendf(nil, "value-%d-of-%s-%d", key, name, o.seed)
	}
	body, err := json.Marshal(object{
		"apiVersion": "v1",
		"kind":       "Secret",
		"type":       "Opaque",
		"metadata": object{
			"name":      name,
			"namespace": o.namespace,
			"labels": object{
				"reconcile.external-secrets.io/created-by": hash(o.namespace + "/" + name),
				"reconcile.external-secrets.io/managed":    "true",
			},
			"annotations": object{"reconcile.external-secrets.io/data-hash": hash(fmt.Sprint(data))},
			"ownerReferences": []object{{
				"apiVersion":         "external-secrets.io/v1",
				"kind":               "ExternalSecret",
				"name":               name,
				"uid":                uid,
				"controller":         true,
				"blockOwnerDeletion": true,
			}},
		},
		"data": data,
	})
	if o.mode == modeCreate {
		return call{http.MethodPost, secretsPath(o.namespace), "application/json", body}, err
	}
	return call{http.MethodPut, secretsPath(o.namespace) + "/" + name, "application/json", body}, err
}

func statusCall(o options, name, uid, now string) (call, error) {
	body, err := json.Marshal(object{
		"metadata": object{"uid": uid},
		"status": object{
			"conditions": []object{{
				"type":               "Ready",
				"status":             "True",
				"reason":             "SecretSynced",
				"message":            "secret synced",
				"lastTransitionTime": now,
			}},
			"refreshTime": now,
			// The seed makes the status of an update differ from the one before, within a second too.
			"syncedResourceVersion": fmt.Sprintf("%d-%s", o.seed, hash(name)),
			"binding":               object{"name": name},
		},
	})
	path := externalSecretsPath(o.namespace) + "/" + name + "/status"
	return call{http.MethodPatch, path, "application/merge-patch+json", body}, err
}

// hash stands for ESO's hashes: of their length, but of other content.
func hash(text string) string {
	sum := sha3.Sum224([]byte(text))
	return hex.EncodeToString(sum[:])
}

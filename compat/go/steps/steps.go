// Package steps prints one line a step.
package steps

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
)

// Domain is the host and port of the server.
var Domain = os.Getenv("COMPAT_DOMAIN")

// Run makes names of this run unlike those of others.
var Run = func() string {
	bytes := make([]byte, 4)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}()

var errEarlier = errors.New("an earlier step failed")

// Walk is one version of the SDK.
type Walk struct{ Version string }

// Step runs a step. Anything wrong in it is an error or a panic, such as of a step that it needs.
func (w Walk) Step(name string, run func() error) {
	err := func() (err error) {
		defer func() {
			if caught := recover(); caught != nil {
				err = fmt.Errorf("%v", caught)
				if _, isNil := caught.(error); isNil && strings.Contains(err.Error(), "nil pointer") {
					err = errEarlier
				}
			}
		}()
		return run()
	}()
	if err == nil {
		fmt.Printf("ok go: %s %s\n", w.Version, name)
		return
	}
	said := strings.Join(strings.Fields(err.Error()), " ")
	if len(said) > 500 {
		said = said[:500]
	}
	fmt.Printf("FAIL go: %s %s: %s\n", w.Version, name, said)
}

// Same panics unless both values are equal.
func Same(actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%v, not %v", actual, expected))
	}
}

// Must panics with an error.
func Must(err error) {
	if err != nil {
		panic(err.Error())
	}
}

// Got gives a value, or panics with the error.
func Got[T any](value T, err error) T {
	Must(err)
	return value
}

// Some panics unless an item is as wanted.
func Some[T any](items []T, wanted func(T) bool) {
	for _, item := range items {
		if wanted(item) {
			return
		}
	}
	panic(fmt.Sprintf("not found among %d", len(items)))
}

// Refused panics unless the error has the status.
func Refused(status int, err error) {
	if err == nil {
		panic(fmt.Sprintf("expected %d, but it went well", status))
	}
	if !strings.Contains(err.Error(), fmt.Sprint(status)) {
		panic(fmt.Sprintf("expected %d, not %v", status, err))
	}
}

// Unique is a name of this run.
func Unique(name string) string { return name + "-" + Run }

// PublicKey is a new RSA key in PEM.
func PublicKey() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	Must(err)
	bytes, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	Must(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: bytes}))
}

// Claims gets a token and reads it.
func Claims(clientID, clientSecret, audience, organization string) map[string]any {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {clientID},
		"client_secret": {clientSecret},
		"audience":      {audience},
	}
	if organization != "" {
		form.Set("organization", organization)
	}
	answer, err := http.PostForm("https://"+Domain+"/oauth/token", form)
	Must(err)
	defer answer.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error_description"`
	}
	Must(json.NewDecoder(answer.Body).Decode(&body))
	parts := strings.Split(body.AccessToken, ".")
	if len(parts) != 3 {
		panic(body.Error)
	}
	bytes, err := base64.RawURLEncoding.DecodeString(parts[1])
	Must(err)
	claims := map[string]any{}
	Must(json.Unmarshal(bytes, &claims))
	return claims
}

// From makes a request of the SDK from its JSON.
func From[T any](text string, values ...any) *T {
	var request T
	Must(json.Unmarshal([]byte(fmt.Sprintf(text, values...)), &request))
	return &request
}

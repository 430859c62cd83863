package main

import (
	_ "github.com/auth0/go-auth0/v2/management/client"
	_ "github.com/auth0/go-auth0/v2/management/option"
)

func main() {}

// Package api is a small API, for the test of the rules that make a contract.
//
//	@title						Small API
//	@version					0
//	@description				For a test.
//	@BasePath					/api/v1
//	@tag.name					things
//	@tag.description			Things
//	@securityDefinitions.apikey	Session
//	@in							header
//	@name						Authorization
package api

import "time"

// Problem is a refusal.
type Problem struct {
	Code string `json:"code" example:"thing.gone"`
}

// Part is sent and received.
type Part struct {
	Name string `json:"name" validate:"required,max=20" example:"bolt"`
	Note string `json:"note" validate:"max=200" example:""`
}

// Thing is received.
type Thing struct {
	ID      string     `json:"id" example:"019363d0-8f6b-7c3a-9a55-0e3f0d6c2b11"`
	Kind    string     `json:"kind" example:"round"`
	Other   string     `json:"other" example:"anything"`
	SoldOn  string     `json:"sold_on" example:"2026-01-31"`
	MadeAt  time.Time  `json:"made_at" example:"2026-11-23T03:00:00Z"`
	GoneAt  *time.Time `json:"gone_at" example:"2026-11-23T03:00:00Z"`
	Parts   []Part     `json:"parts"`
	Weight  int64      `json:"weight" example:"3"`
	Comment *string    `json:"comment,omitempty" example:"x"`
}

// ThingRequest is sent.
type ThingRequest struct {
	Kind   string `json:"kind" validate:"required" example:"round"`
	Mobile string `json:"mobile" validate:"omitempty,mobile" example:"13812345678"`
	Parts  []Part `json:"parts" validate:"max=5,dive"`
}

// putThing changes a thing.
//
// @ID       putThing
// @Summary  Change a thing (修改)
// @Description The whole thing.
// @Tags     things
// @Accept   json
// @Produce  json
// @Param    id   path string       true "thing"
// @Param    body body ThingRequest true "thing"
// @Success  200 {object} Thing
// @Failure  409 {object} Problem "it is in use"
// @Failure  412 {object} Problem
// @Security Session
// @Router   /things/{id} [put]
func putThing() {}

// getThing shows a thing.
//
// @ID      getThing
// @Summary Show a thing (查看)
// @Description One of a kind.
// @Tags    things
// @Produce json
// @Param   kind query string false "kind"
// @Success 200 {object} Thing
// @Success 304 "not changed"
// @Router  /things [get]
func getThing() {}

// Package lifetest lets many filings live their whole lives through the public API,
// at random and with messages that come twice, too early, too late or at the same
// moment, and holds the end against a model of its own. It has tests alone.
//
// model_test.go is that model, written from the requirement (spec §3) and importing
// nothing of the product's rules; act_test.go are the messages that the parties send;
// drive_test.go are the parties; agree_test.go compares the end with the model.
//
//	make life FILINGS=1000 SEED=7
package lifetest

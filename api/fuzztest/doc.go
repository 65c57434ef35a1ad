// Package fuzztest sends requests that are made out of the published contract, and
// nothing else, as every kind of caller: sound ones, ones with a single rule broken,
// and hostile ones. No answer may be a fault, stand outside of the contract, or tell
// a caller what is not theirs. It has tests alone.
//
// Each lane has a product of its own, a generator of its own and one sender, so what
// a lane sends follows from the seed. `make test` sends a few thousand requests,
// `make fuzz` as many as one likes:
//
//	make fuzz REQUESTS=100000 SEED=7
//
// contract_test.go reads the operations; world_test.go makes callers and records;
// sound_, near_, hostile_ and raw_test.go make requests; memory_test.go keeps what
// answers taught, so that later requests reach deep states; judge_test.go holds the
// answers against the rules; report_test.go tells of it.
package fuzztest

// Package bench measures the product beside hand-written code on the same rows,
// in one run whose rounds alternate, because figures of different runs do not
// compare. It has tests alone: `make test` runs them with few rows, so that they
// cannot rot; `make bench` runs them with -full and prints the figures.
//
// Three processes share the machine: a server under test (this test binary,
// started again), PostgreSQL, and the load, which is this process.
package bench

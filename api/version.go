package api

// Version is the product's version; the document, /meta and the CHANGELOG carry the same.
const Version = "0.9.0"

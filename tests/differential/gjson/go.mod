module bulkhead/differential/gjson

go 1.26.0

require (
	bulkhead/differential/answering v0.0.0
	github.com/tidwall/gjson v1.18.0
)

require (
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
)

replace bulkhead/differential/answering => ../answering

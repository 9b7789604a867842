module bulkhead/differential/template

go 1.26.0

require bulkhead/differential/answering v0.0.0

replace bulkhead/differential/answering => ../answering

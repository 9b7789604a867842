module bulkhead/differential/golibs

go 1.26.0

require (
	bulkhead/differential/answering v0.0.0
	github.com/robfig/cron/v3 v3.0.1
)

replace bulkhead/differential/answering => ../answering

package app

import (
	"hygie/internal/config"
	"hygie/internal/incident"
)

// legalDelays are the clocks of incidents that settings rule.
func legalDelays(n config.NIS2) map[string]incident.Delay {
	return map[string]incident.Delay{"nis2-warning": {Hours: n.WarningHours}, "nis2-notification": {Hours: n.NotificationHours}, "nis2-report": {Months: n.ReportMonths}}
}

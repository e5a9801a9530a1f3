{{/* The operator's settings: one variable for each of its options that a cluster needs. */}}
{{- define "kombo.operatorEnv" -}}
{{- $settings := dict
    "Namespaces" (join "," .Values.operator.namespaces)
    "WorkerImage" (include "kombo.image" (dict "root" . "image" .Values.worker.image))
    "WorkerImagePullPolicy" .Values.worker.image.pullPolicy
    "WorkerImagePullSecrets" (join "," .Values.worker.imagePullSecrets)
    "WorkerRequests" (include "kombo.quantities" .Values.worker.resources.requests)
    "WorkerLimits" (include "kombo.quantities" .Values.worker.resources.limits)
    "DatabaseSecret" .Values.database.workerSecret
    "AllowedHosts" (join "," .Values.worker.allowedHosts)
    "Cluster" .Values.operator.cluster
    "MaxActiveSyncs" .Values.operator.maxActiveSyncs
    "MaxActivePurges" .Values.operator.maxActivePurges
    "Concurrency" .Values.operator.concurrency
    "Resync" .Values.operator.resync
    "JobTimeToLive" .Values.operator.jobTimeToLive
    "DeletionPatience" .Values.operator.deletionPatience
    "StartPatience" .Values.operator.startPatience
    "KeepDeletedRecordsDays" .Values.retention.deletedRecordsDays
    "KeepRunsDays" .Values.retention.runsDays
    "KeepRecordErrorsDays" .Values.retention.recordErrorsDays
    "KeepTouchesDays" .Values.retention.touchesDays
    "KeepWebhooksDays" .Values.retention.webhooksDays
    "KeepUndeliveredWebhooksDays" .Values.retention.undeliveredWebhooksDays
    "LeaseName" .Values.operator.lease.name
    "LeaseDuration" .Values.operator.lease.duration
    "LeaseRenewDeadline" .Values.operator.lease.renewDeadline
    "LeaseRetryPeriod" .Values.operator.lease.retryPeriod
    "HealthPort" .Values.operator.healthPort
    "MetricsPort" .Values.operator.metricsPort -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: KOMBO_DATABASE
  value: /var/run/kombo/database
# The root file system is read-only.
- name: DOTNET_EnableDiagnostics
  value: "0"
{{- range $name, $value := $settings }}
- name: KOMBO_Operator__{{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- with .Values.operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

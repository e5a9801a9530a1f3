{{/* Names of what the chart creates begin with this. */}}
{{- define "kombo.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 46 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 46 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a part: kombo.name (dict "root" $ "component" "operator"). */}}
{{- define "kombo.name" -}}
{{- printf "%s-%s" (include "kombo.fullname" .root) .component -}}
{{- end -}}

{{/* Labels by which a part's pods are found; they never change. */}}
{{- define "kombo.selectorLabels" -}}
app.kubernetes.io/name: kombo-{{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "kombo.labels" -}}
{{- $own := dict
    "app.kubernetes.io/name" (printf "kombo-%s" .component)
    "app.kubernetes.io/instance" .root.Release.Name
    "app.kubernetes.io/component" .component
    "app.kubernetes.io/part-of" "kombo"
    "app.kubernetes.io/managed-by" .root.Release.Service
    "app.kubernetes.io/version" .root.Chart.AppVersion
    "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") -}}
{{- mergeOverwrite (dict) .root.Values.additionalLabels $own | toYaml -}}
{{- end -}}

{{- define "kombo.serviceAccountName" -}}
{{- $own := .Values.operator.serviceAccount.create | ternary (include "kombo.name" (dict "root" . "component" "operator")) "default" -}}
{{- default $own .Values.operator.serviceAccount.name -}}
{{- end -}}

{{/* kombo.image (dict "root" $ "image" .Values.worker.image) */}}
{{- define "kombo.image" -}}
{{- $repository := list .root.Values.image.registry .image.repository | compact | join "/" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "kombo.imagePullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The restricted profile of Kubernetes' pod security standards. */}}
{{- define "kombo.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "kombo.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Quantities as the operator reads them: cpu=100m,memory=256Mi. */}}
{{- define "kombo.quantities" -}}
{{- $items := list -}}
{{- range $name, $quantity := . -}}
{{- $items = append $items (printf "%s=%v" $name $quantity) -}}
{{- end -}}
{{- join "," $items -}}
{{- end -}}

{{/* True where a kind of somebody else is to be rendered: kombo.renders (dict "root" $ "mode" … "kind" "ServiceMonitor"). */}}
{{- define "kombo.renders" -}}
{{- $api := "monitoring.coreos.com/v1" -}}
{{- $known := .root.Capabilities.APIVersions.Has (printf "%s/%s" $api .kind) -}}
{{- if and (eq .mode "failIfMissing") (not $known) -}}
{{- fail (printf "this cluster has no %s of %s: install the Prometheus operator, or set renderMode to skipIfMissing" .kind $api) -}}
{{- end -}}
{{- if or $known (eq .mode "always") }}true{{ end -}}
{{- end -}}

{{/* Takes the rules (CEL) out of a schema, in place: servers before 1.23 refuse what they do not know. */}}
{{- define "kombo.dropRules" -}}
{{- if kindIs "map" . -}}
{{- $_ := unset . "x-kubernetes-validations" -}}
{{- range $key, $value := . }}{{ include "kombo.dropRules" $value }}{{ end -}}
{{- else if kindIs "slice" . -}}
{{- range . }}{{ include "kombo.dropRules" . }}{{ end -}}
{{- end -}}
{{- end -}}

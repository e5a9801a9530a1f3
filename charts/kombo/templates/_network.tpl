{{/* One egress rule: kombo.egress (dict "to" peers "ports" numbers). */}}
{{- define "kombo.egress" -}}
- ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Names, the database, and what the values add. */}}
{{- define "kombo.egressOfAll" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{ include "kombo.egress" (dict "to" .Values.networkPolicy.database "ports" .Values.networkPolicy.databasePorts) }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kombo.egressToApiServer" -}}
{{ include "kombo.egress" (dict "to" .Values.networkPolicy.apiServer "ports" .Values.networkPolicy.apiServerPorts) }}
{{- end -}}

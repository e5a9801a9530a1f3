# The images of Kombo: docker build --target operator, or --target worker (also the migration). build/images.sh builds both.
# What runs needs no shell, no root and no writable root file system: only /tmp is written to.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble-aot
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

# On the platform that it is for: native programs are linked with its libraries.
FROM ${SDK_IMAGE} AS build
WORKDIR /src
COPY . .
# Native, so that a worker's short life is not spent on compiling itself, and the operator needs little memory.
RUN dotnet publish operator --configuration Release --use-current-runtime -p:PublishAot=true --output /out/operator
RUN dotnet publish worker --configuration Release --use-current-runtime -p:PublishAot=true --output /out/worker

FROM ${RUNTIME_IMAGE} AS operator
WORKDIR /app
COPY --from=build /out/operator ./
# The base image's default port is that of the metrics here; its diagnostics would need a writable file system.
ENV ASPNETCORE_HTTP_PORTS="" DOTNET_EnableDiagnostics="0"
EXPOSE 8080 8081
USER 1654
ENTRYPOINT ["/app/Kombo.Operator"]

FROM ${RUNTIME_IMAGE} AS worker
WORKDIR /app
COPY --from=build /out/worker ./
ENV DOTNET_EnableDiagnostics="0"
USER 1654
ENTRYPOINT ["/app/kombo-worker"]

# One static program in an empty image: usher serve, as an unprivileged user, with its data in /data.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/usher ./cmd/usher \
 && mkdir -m 0700 /out/data && mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# SQLite puts what does not fit into memory below /tmp.
COPY --from=build --chown=65532:65532 /out/tmp /tmp
# A volume that is mounted on /data for the first time gets this folder's owner.
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/usher /usher
USER 65532:65532
ENV USHER_DATA_DIR=/data USHER_LISTEN=:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["/usher", "health"]
ENTRYPOINT ["/usher"]
CMD ["serve"]

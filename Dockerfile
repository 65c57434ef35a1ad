# The shipped image: one static binary, no shell, no root.
#
#   docker build -t zhuce .
#   docker run --rm --env-file zhuce.env zhuce migrate
#   docker run -p 8080:8080 --env-file zhuce.env -v zhuce-files:/files zhuce

FROM node:20-bookworm-slim AS application
WORKDIR /source/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM golang:1.26-bookworm AS binary
WORKDIR /source
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=application /source/frontend/dist ./frontend/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/zhuce ./cmd/zhuce \
 && mkdir -p /out/files /out/tmp

FROM scratch
COPY --from=binary /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=binary /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=binary --chown=65532:65532 /out/files /files
COPY --from=binary --chown=65532:65532 /out/tmp /tmp
COPY --from=binary /out/zhuce /zhuce
ENV ZHUCE_FILES_DIR=/files
USER 65532:65532
VOLUME /files
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["/zhuce", "healthcheck"]
ENTRYPOINT ["/zhuce"]
CMD ["serve"]

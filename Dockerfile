# kiosk-gateway as an image, and with `--target agent` the kiosk's agent: built in one stage, and in the others only the binary
# and the libraries it names. Where there is no Docker, tools/dockerfile_in_chroot carries out the same steps.
# For a base that never changes, pin it: FROM debian:bookworm-slim@sha256:... (docker buildx imagetools inspect says which).
# No cache mounts: Railway refuses those that do not name its own service.
FROM debian:bookworm-slim AS sources
WORKDIR /src
# Before the sources, so that a change of them does not install everything again.
COPY tools/install-deps tools/install-deps
RUN tools/install-deps build
COPY . .

FROM sources AS build-agent
RUN tools/build release kiosk-agent \
    && strip build/kiosk-agent \
    && tools/runtime-packages build/kiosk-agent > build/runtime-packages

FROM sources AS build
RUN tools/build release kiosk-gateway \
    && strip build/kiosk-gateway \
    && tools/runtime-packages build/kiosk-gateway > build/runtime-packages

FROM debian:bookworm-slim AS agent
LABEL org.opencontainers.image.title="kiosk-agent" \
      org.opencontainers.image.description="Connects a payment kiosk to its kiosk-gateway" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
COPY --from=build-agent /src/build/runtime-packages /tmp/runtime-packages
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends ca-certificates < /tmp/runtime-packages \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages \
    && dpkg-query -W -f='${Package}\t${Version}\t${Architecture}\t${source:Package}\n' > /usr/share/sbom.tsv
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin agent \
    && install -d -o agent -g agent -m 0700 /data
COPY --from=build-agent /src/build/kiosk-agent /usr/local/bin/kiosk-agent
# The outbox, which remembers what was done.
ENV STATE_DIRECTORY=/data
WORKDIR /data
USER agent
ENTRYPOINT ["kiosk-agent"]

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="kiosk-gateway" \
      org.opencontainers.image.description="Server between cloud backends and payment kiosks behind NAT" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
COPY --from=build /src/build/runtime-packages /tmp/runtime-packages
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends ca-certificates < /tmp/runtime-packages \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages \
    && dpkg-query -W -f='${Package}\t${Version}\t${Architecture}\t${source:Package}\n' > /usr/share/sbom.tsv
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin gateway \
    && install -d -o gateway -g gateway -m 0700 /data
COPY --from=build /src/build/kiosk-gateway /usr/local/bin/kiosk-gateway
ENV DATA_DIR=/data
WORKDIR /data
USER gateway
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["kiosk-gateway", "healthcheck"]
# No shell in between: the gateway is PID 1, gets SIGTERM itself, and reads PORT and everything else itself.
ENTRYPOINT ["kiosk-gateway"]
CMD ["serve"]

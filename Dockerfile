# kiosk-gateway as an image: built in one stage, and in the other only the binary and the libraries it names.
# Where there is no Docker, tools/dockerfile_in_chroot carries out the same steps.
FROM debian:bookworm-slim AS build
WORKDIR /src
# Before the sources, so that a change of them does not install everything again.
COPY tools/install-deps tools/install-deps
RUN tools/install-deps build
COPY . .
RUN tools/build release kiosk-gateway \
    && strip build/kiosk-gateway \
    && tools/runtime-packages build/kiosk-gateway > build/runtime-packages

FROM debian:bookworm-slim
COPY --from=build /src/build/runtime-packages /tmp/runtime-packages
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends ca-certificates < /tmp/runtime-packages \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages
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

# Builds Causerie and leaves nothing in the image but the binary, the certificate authorities that it trusts when it calls
# others, and the directory of its data.
# `cargo xtask tidy` keeps the Rust version and the copied directories in step with the workspace.

FROM rust:1.95-slim-bookworm AS build
# SQLite, libpq and ring are compiled from source: all they need is a C compiler.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY crates crates
COPY migrations migrations
COPY tests tests
COPY xtask xtask
RUN cargo build --release --locked --package causerie

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/causerie --shell /usr/sbin/nologin causerie \
    && install --directory --owner=causerie --group=causerie --mode=0750 /var/lib/causerie
COPY --from=build /source/target/release/causerie /usr/local/bin/causerie

USER causerie
WORKDIR /var/lib/causerie
ENV CAUSERIE_LISTEN=0.0.0.0:8080 \
    CAUSERIE_DATA_DIR=/var/lib/causerie
VOLUME /var/lib/causerie
EXPOSE 8080
# SIGTERM drains: `docker stop` loses no accepted request.
STOPSIGNAL SIGTERM
ENTRYPOINT ["causerie"]
CMD ["serve"]

# One image a service, and one with the stand-ins for Stripe and mail that the sandbox runs:
#   docker build --build-arg SERVICE=booking -t holdfast/booking .
#   docker build --target stand-ins -t holdfast/stand-ins .
# There is nothing to compile: Node runs the TypeScript as it stands.

# npm wants every workspace's manifest before it installs one of them; no source here, so that a change of code installs nothing.
FROM node:26-slim AS manifests
WORKDIR /holdfast
COPY package.json package-lock.json .npmrc ./
COPY packages/chassis/package.json packages/chassis/
COPY packages/contracts/package.json packages/contracts/
COPY packages/testkit/package.json packages/testkit/
COPY services/auth/package.json services/auth/
COPY services/booking/package.json services/booking/
COPY services/catalog/package.json services/catalog/
COPY services/gateway/package.json services/gateway/
COPY services/notification/package.json services/notification/
COPY services/payment/package.json services/payment/

# Optional packages are the binaries of servers and bundlers, which no stand-in runs.
FROM manifests AS stand-in-packages
RUN npm ci --workspace=packages/testkit --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && rm -rf services package-lock.json .npmrc

FROM node:26-slim AS stand-ins
ENV HOST=0.0.0.0
WORKDIR /holdfast
COPY --from=stand-in-packages /holdfast ./
COPY packages packages
COPY deploy/sandbox deploy/sandbox
USER node

# `--workspace` leaves out the root's own dependency, a second Node; install scripts have nothing to build.
FROM manifests AS service-packages
ARG SERVICE
RUN test -f "services/$SERVICE/package.json" || { echo "build with --build-arg SERVICE=<name>, a folder of services/"; exit 1; }
RUN npm ci --workspace="services/$SERVICE" --omit=dev --ignore-scripts --no-audit --no-fund \
  && mv "services/$SERVICE" service && rm -rf services/* packages/testkit package-lock.json .npmrc \
  && mv service "services/$SERVICE"

FROM node:26-slim AS service
ARG SERVICE
LABEL org.opencontainers.image.title="holdfast/$SERVICE" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production HOLDFAST_ENV=production HOST=0.0.0.0 PORT=8080
WORKDIR /holdfast
COPY --from=service-packages /holdfast ./
# The page of problems, which the gateway serves.
COPY docs/problems.md docs/
COPY packages/contracts packages/contracts
COPY packages/chassis packages/chassis
COPY services/$SERVICE services/$SERVICE
WORKDIR /holdfast/services/$SERVICE
USER node
EXPOSE 8080
# Services migrate their schema before they listen, and one waits for another: the first minute does not count.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so the SIGTERM that ends a container reaches it and it drains. Its flags are explained
# in packages/testkit/platform/serving-flags.ts.
CMD ["node", "--invocation-count-for-maglev=100", "--invocation-count-for-turbofan=1000", "--minimum-invocations-after-ic-update=100", "--min-semi-space-size=16", "--max-semi-space-size=32", "main.ts"]

# Packrat in a container: built by the first stage as a Debian package, installed by the second.
#   docker build -t packrat .
#   docker run --rm -v "$PWD:/work" packrat run --data_dir data --memory_size 100
FROM debian:12-slim AS build
WORKDIR /packrat
COPY tools/install_packages tools/steps.sh tools/
# Data sets come later, if at all: no npm.
RUN npm_config_registry=none tools/install_packages && apt-get install -y --no-install-recommends dpkg-dev file
COPY . .
RUN cmake --preset release -DPACKRAT_TESTS=OFF -DPACKRAT_BENCH=OFF \
 && cmake --build --preset release \
 && cd build/release && cpack -G DEB

FROM debian:12-slim
COPY --from=build /packrat/build/release/packages/packrat_*.deb /tmp/
RUN apt-get update \
 && apt-get install -y /tmp/packrat_*.deb \
 && rm -rf /tmp/packrat_*.deb /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["packrat"]
CMD ["--help"]

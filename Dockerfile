FROM python:3.13-slim AS build
WORKDIR /src
RUN apt-get update && apt-get install --yes --no-install-recommends make
COPY . .
# the guide and the pages' scripts and styles are made here, and packed into the package with the rest
RUN make VENV=/venv docs assets
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10001 earnest && install -d -o earnest -g earnest /data
COPY --from=build /venv /venv
USER earnest
WORKDIR /data
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 EARNEST_DATA_DIR=/data EARNEST_HOST=0.0.0.0 EARNEST_PORT=8000
VOLUME /data
EXPOSE 8000
CMD ["earnest", "serve"]

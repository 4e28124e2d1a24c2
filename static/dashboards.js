/* Draws the charts from the data in the page; the tables behind them say the same without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const language = root.lang || "en";
  const read = (canvas) => {
    const node = document.getElementById(canvas.id.replace(/-chart$/, "-data"));
    return node ? JSON.parse(node.textContent) : null;
  };
  // A colour as the browser makes it of a variable, whatever the theme.
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const number = (text) => (text === null ? null : Number(text));
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  // Names beside bars have two fifths of the drawing, and end in … beyond that.
  const cut = (name, width) => {
    const most = Math.max(8, Math.floor(width * 0.4 / 7.5));
    return name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name;
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PLAIN = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

  let charts = [];
  let printing = false;

  function styleOf(key, place, across) {
    const styles = {
      now: { borderColor: colour("--series-now"), backgroundColor: colour("--series-fill"), borderWidth: 2.5, fill: true },
      then: { borderColor: colour("--series-then"), backgroundColor: colour("--series-then"), borderWidth: 2, borderDash: [6, 5], pointRadius: 0, fill: false },
      target: { borderColor: colour("--series-target"), backgroundColor: colour("--series-target"), borderWidth: 2, borderDash: [2, 4], pointRadius: 0, stepped: "middle", fill: false },
    };
    const plain = colour(PLAIN[place % PLAIN.length]);
    const style = styles[key] || { borderColor: plain, backgroundColor: plain, borderWidth: 2, fill: false };
    return across ? { ...style, backgroundColor: style.borderColor, borderWidth: 0, borderRadius: 4, maxBarThickness: 22 } : style;
  }

  function options(data, kind) {
    const [values, other] = kind === "bars-across" ? ["x", "y"] : ["y", "x"];
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: still.matches || printing ? false : { duration: 250 },
      indexAxis: other,
      interaction: { mode: "index", intersect: false, axis: other },
      scales: {
        [values]: {
          beginAtZero: true,
          border: { display: false },
          grid: { color: colour("--line") },
          ticks: { color: colour("--ink-soft"), callback: (value) => short.format(value), maxTicksLimit: 6 },
        },
        [other]: {
          border: { color: colour("--line-strong") },
          grid: { display: false },
          ticks: {
            color: colour("--ink-soft"), maxRotation: 0, autoSkip: kind !== "bars-across", autoSkipPadding: 18,
            ...(kind === "bars-across" && { callback(value) { return cut(this.getLabelForValue(value), this.chart.width); } }),
          },
        },
      },
      onClick: (_event, items) => {
        const link = items.length && data.links && data.links[items[0].index];
        if (link) { location.assign(link); }
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          padding: 12,
          backgroundColor: colour("--ink"),
          titleColor: colour("--panel"),
          bodyColor: colour("--panel"),
          callbacks: {
            title: (items) => data.titles[items[0].dataIndex],
            label: (item) => ` ${item.dataset.label}: ${data.told[item.dataset.key][item.dataIndex]}`,
          },
        },
      },
    };
  }

  function make(canvas) {
    const data = read(canvas);
    const kind = canvas.dataset.chart;
    const bars = kind !== "line";
    const datasets = Object.keys(data.series).map((key, place) => ({
      key,
      label: data.names[key],
      data: data.series[key].map(number),
      pointRadius: data.labels.length > 45 ? 0 : 2,
      pointHoverRadius: 5,
      cubicInterpolationMode: "monotone",
      spanGaps: true,
      ...styleOf(key, place, bars),
    }));
    return new Chart(canvas, {
      type: bars ? "bar" : "line",
      data: { labels: data.labels, datasets },
      options: options(data, kind),
    });
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = [...document.querySelectorAll("canvas[data-chart]")].map(make);
  }

  if (window.Chart) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = colour("--ink-soft");
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    const onPaper = (is) => { printing = is; root.toggleAttribute("data-printing", is); draw(); };
    addEventListener("beforeprint", () => onPaper(true));
    addEventListener("afterprint", () => onPaper(false));
  }

  // On a phone the navigation is one row that scrolls: here is in view.
  const nav = document.querySelector(".top nav");
  const here = nav && nav.querySelector("[aria-current]");
  if (here) { nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2; }

  // What is open closes on Escape (focus goes back) and on a click elsewhere.
  const open = () => document.querySelectorAll("details.contract[open], details.picker[open], details.menu[open], details.keep[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      open().forEach((box) => { box.open = false; box.querySelector("summary").focus(); });
    }
  });
  document.addEventListener("click", (event) => {
    open().forEach((box) => { if (!box.contains(event.target)) { box.open = false; } });
  });
})();

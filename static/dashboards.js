/* Draws the charts from the data in the page; the tables behind them say the same without it. */
(() => {
  "use strict";
  const language = document.documentElement.lang || "en";
  const read = (id) => {
    const node = document.getElementById(id);
    return node ? JSON.parse(node.textContent) : null;
  };
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (text) => (text === null ? null : Number(text));
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });

  const charts = [];
  const moving = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  function scales(values, other) {
    return {
      [values]: {
        beginAtZero: true,
        border: { display: false },
        grid: { color: colour("--line") },
        ticks: { color: colour("--ink-soft"), callback: (value) => short.format(value), maxTicksLimit: 6 },
      },
      [other]: {
        border: { color: colour("--line-strong") },
        grid: { display: false },
        ticks: { color: colour("--ink-soft"), maxRotation: 0, autoSkipPadding: 18 },
      },
    };
  }

  function options(data, values, other) {
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: moving ? { duration: 250 } : false,
      interaction: { mode: "index", intersect: false, axis: other },
      scales: scales(values, other),
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

  function trend(canvas, data) {
    const line = (key, style) => ({
      key, label: data.names[key], data: data.series[key].map(number),
      pointRadius: data.labels.length > 45 ? 0 : 2, pointHoverRadius: 5, cubicInterpolationMode: "monotone",
      spanGaps: true, ...style,
    });
    const datasets = [
      line("now", {
        borderColor: colour("--series-now"), backgroundColor: colour("--series-fill"),
        pointBackgroundColor: colour("--series-now"), borderWidth: 2.5, fill: true,
      }),
    ];
    if (data.series.last_year) {
      datasets.push(line("last_year", {
        borderColor: colour("--series-last-year"), borderWidth: 2, borderDash: [6, 5], pointRadius: 0,
      }));
    }
    if (data.series.target) {
      datasets.push(line("target", {
        borderColor: colour("--series-target"), borderWidth: 2, borderDash: [2, 4], pointRadius: 0,
        stepped: "middle",
      }));
    }
    return new Chart(canvas, {
      type: "line", data: { labels: data.labels, datasets }, options: options(data, "y", "x"),
    });
  }

  function ranking(canvas, data) {
    return new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: [{
          key: "now", label: data.names.now, data: data.series.now.map(number),
          backgroundColor: colour("--series-now"), borderRadius: 4, maxBarThickness: 22,
        }],
      },
      options: { ...options(data, "x", "y"), indexAxis: "y" },
    });
  }

  function draw() {
    charts.splice(0).forEach((chart) => chart.destroy());
    for (const [id, make] of [["trend", trend], ["ranking", ranking]]) {
      const canvas = document.getElementById(`${id}-chart`);
      const data = read(`${id}-data`);
      if (canvas && data && window.Chart) {
        charts.push(make(canvas, data));
      }
    }
  }

  if (window.Chart) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize()));
  }

  // What is open closes on Escape (focus goes back) and on a click elsewhere.
  const open = () => document.querySelectorAll("details.contract[open], details.picker[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      open().forEach((box) => { box.open = false; box.querySelector("summary").focus(); });
    }
  });
  document.addEventListener("click", (event) => {
    open().forEach((box) => { if (!box.contains(event.target)) { box.open = false; } });
  });
})();

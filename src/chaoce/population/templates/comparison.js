// Draws the charts of the page from the data block above it. All text and all exact figures come from there, in both languages;
// numbers are read here only to place what is drawn.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const english = document.getElementById("say-en");
  const INK = "#1b2733", SOFT = "#56677a", LINE = "#dbe2ea", RULE = "#e8edf2", AXIS = "#8fa0af";
  // Colours that differ in lightness as well as in hue: they stay apart in grey and for eyes that do not tell red from green.
  const BEFORE = "#a9bccb", BEFORE_LINE = "#7d95a8", AFTER = "#0b5c7a", MORE = "#2b7bba", LESS = "#d9822b";
  const HATCH = {
    symbol: "rect", symbolSize: 1, color: "rgba(255,255,255,.75)", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4,
  };
  // Text that may cross a line.
  const HALO = { textBorderColor: "#fff", textBorderWidth: 2 };
  const FONT = getComputedStyle(document.body).fontFamily;
  // Below the first width names stand above their bars and panels under each other; the second is that of a sheet of A4.
  const NARROW = 560, PAPER = 640;

  let lang = "zh";
  const say = (key) => data.words[key][lang];
  const number = (amount) => Number(amount.v);
  const count = (value) => Math.abs(value).toLocaleString("en-US");
  const plain = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 4 });
  const percent = (value) => plain(value) + "%";
  const safe = (text) => String(text).replace(/[&<>"']/g, (sign) => "&#" + sign.charCodeAt(0) + ";");
  const text = (size, more) => Object.assign({ fontFamily: FONT, fontSize: size, color: INK }, more);

  // The unit of an axis, by the largest amount on it, and what it says at a tick.
  function unit(largest) {
    const steps = lang === "zh" ? [[1, "unit_1"], [1e4, "unit_2"], [1e8, "unit_3"]] : [[1, "unit_1"], [1e3, "unit_2"], [1e6, "unit_3"]];
    const [size, name] = steps.filter(([from]) => from === 1 || largest >= from).pop();
    return { name: say(name), at: (value) => plain(value / size) };
  }
  const inside = (name, own) => say(name) + " (" + own.name + ")";

  // About how wide a text is: Chinese signs are as wide as the font is high, others a little over half of that.
  function wide(words, size) {
    let sum = 0;
    for (const sign of words) sum += sign.codePointAt(0) > 0x2e7f ? size : size * 0.58;
    return sum;
  }
  const widest = (list, size) => Math.max(...list.map((words) => wide(words, size)));

  // A round step that parts a span into about so many; never less than one, for nothing here comes in smaller pieces.
  function step(span, parts) {
    const raw = span / parts, power = Math.pow(10, Math.floor(Math.log10(raw)));
    return Math.max(1, [1, 2, 5, 10].map((own) => own * power).find((own) => own >= raw * 0.999));
  }

  // Tooltips

  function tip(title, rows) {
    const line = ([name, value]) => "<tr><td>" + safe(name) + "</td><td>" + safe(value) + "</td></tr>";
    return '<div class="tip"><b>' + safe(title) + "</b><table>" + rows.map(line).join("") + "</table></div>";
  }
  const yuan = (amount) => amount.x + " " + say("yuan");
  const sides = (row) => [[say("before"), yuan(row.before)], [say("after"), yuan(row.after)], [say("difference"), yuan(row.more)]];
  const gains = (row) => [[say("gain"), count(row.winners)], [say("lose"), count(row.losers)]];
  const tooltip = (formatter, trigger, pointer) => ({
    trigger, confine: true, axisPointer: { type: pointer || "shadow" }, formatter, backgroundColor: "#fff", borderColor: LINE,
    padding: 10, textStyle: text(13), extraCssText: "max-width:min(340px,90vw);white-space:normal",
  });
  const rowTip = (rows, lines) => tooltip((points) => {
    const row = rows[points[0].dataIndex];
    return tip(row.name[lang], lines(row));
  }, "axis");
  const pointTip = (points, lines) => tooltip((own) => {
    const point = own.componentType === "series" && points[own.dataIndex];
    return point ? tip(...lines(point)) : "";
  }, "item");

  // Parts of charts

  // An axis of figures; `own` names its unit and says its ticks.
  const figures = (own, more) => Object.assign({
    type: "value", axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: RULE } },
    axisLabel: text(11, { color: SOFT, formatter: own.at, hideOverlap: true }),
    name: own.name, nameLocation: "middle", nameGap: 26, nameTextStyle: text(12, { color: SOFT }),
  }, more);

  // Names down the left side; where that leaves the bars too little, above them, as far as `above` pixels.
  function names(rows, width, bars, above) {
    const list = rows.map((row) => row.name[lang]);
    const room = above || Math.min(widest(list, 12) + 6, Math.max(width * 0.26, Math.min(width * 0.36, 235)));
    const lines = Math.min(4, Math.ceil(widest(list, 12) * 1.06 / room));
    const label = text(12, {
      width: room, height: lines * 15, lineHeight: 15, overflow: "break", lineOverflow: "truncate", ellipsis: "…", interval: 0, margin: 10,
    });
    if (above) {
      Object.assign(label, {
        inside: true, align: "left", verticalAlign: "bottom", margin: 0, padding: [0, 0, bars / 2 + 4, 0], height: undefined,
      }, HALO);
    }
    const line = { lineStyle: { color: AXIS } };
    return {
      axis: { type: "category", inverse: true, data: list, axisLabel: label, axisTick: { show: false }, axisLine: line, z: 5 },
      left: above ? 4 : room + 16,
      row: above ? bars + 10 + lines * 15 : Math.max(bars + 12, lines * 15 + 8),
    };
  }
  const above = (width) => (width < NARROW ? width - 24 : 0);

  const bar = (name, color, values, more) => Object.assign({
    type: "bar", name, data: values, itemStyle: { color }, emphasis: { disabled: true }, barGap: "12%", cursor: "default",
  }, more);
  const beside = (size, position, words, more) => text(size, Object.assign({
    show: true, position, distance: 6, formatter: (point) => words(point.dataIndex),
  }, more));

  // Two bars a row, before and after; beyond the longer one what it costs after, and in brackets the change.
  function pair(rows, thick) {
    const longer = rows.map((row) => Math.max(number(row.before), number(row.after)));
    const labels = rows.map((row) => row.after[lang] + (Number(row.more.v) ? " (" + row.more[lang] + ")" : ""));
    return {
      series: [
        bar(say("before"), BEFORE, rows.map((row) => number(row.before)), { barWidth: thick }),
        bar(say("after"), AFTER, rows.map((row) => number(row.after)), { barWidth: thick }),
        {
          type: "scatter", silent: true, symbolSize: 1, itemStyle: { color: "transparent", opacity: 1 }, tooltip: { show: false },
          data: longer.map((value, place) => [value, place]), label: beside(11, "right", (place) => labels[place]),
        },
      ],
      room: widest(labels, 11) + 14,
      largest: Math.max(...longer),
    };
  }

  const dots = (more) => Object.assign({
    type: "line", symbol: "circle", showAllSymbol: true, lineStyle: { color: AFTER, width: 2.5 }, itemStyle: { color: AFTER },
    emphasis: { scale: 1.3 },
  }, more);
  const marked = (words, position, place) => ({
    silent: true, symbol: "none", lineStyle: { color: INK, type: [5, 4], width: 1.2 }, data: [place],
    label: text(12, Object.assign({ formatter: words, position, distance: 5 }, HALO)),
  });
  const grid = (left, right, top) => ({ left, right, top, bottom: 52, outerBoundsMode: "none" });
  // Low enough on paper for two of them on a sheet.
  const tall = (width) => (width === PAPER ? 290 : Math.max(320, Math.min(460, width * 0.82)));

  // The charts: each gives its height and what ECharts is to draw.

  function bars(chart, width) {
    const rows = chart.rows, thick = 10, side = names(rows, width, 2 * thick + 2, above(width)), both = pair(rows, thick);
    return {
      height: rows.length * side.row + 62,
      option: {
        grid: grid(side.left, both.room, 8), xAxis: figures(unit(both.largest)), yAxis: side.axis, series: both.series,
        tooltip: rowTip(rows, (row) => sides(row).concat(gains(row))),
      },
    };
  }

  // From the total before to the total after. Where the changes are small beside the totals, the axis leaves out what lies below.
  function fall(chart, width) {
    const rows = chart.rows, thick = 18, side = names(rows, width, thick, above(width));
    const falls = (row) => row.by && row.by.v.startsWith("-");
    const labels = rows.map((row) => (row.by || row.to)[lang]);
    const ends = rows.map((row) => number(row.to));
    const sizes = rows.map((row, place) => (row.by ? Math.abs(number(row.by)) : ends[place]));
    const starts = rows.map((row, place) => (row.by ? Math.min(ends[place], ends[place - 1]) : 0));
    const color = (row) => (row.end ? (row.end === "before" ? BEFORE : AFTER) : falls(row) ? LESS : MORE);
    const low = Math.min(...ends), high = Math.max(...ends);
    const axis = figures(unit(high));
    if (chart.broken) {
      const tick = step(high - low, 4), air = (high - low) * 0.02;
      const from = Math.floor((low - 5 * air) / tick) * tick, top = Math.ceil((high + air) / tick) * tick;
      // The near side of what is left out is nowhere in particular, and says nothing; its far side and the ticks beyond are round.
      const at = axis.axisLabel.formatter;
      const label = (value, place, more) => (more && more.break && more.break.type === "start" ? "" : at(value));
      Object.assign(axis, {
        min: 0, max: top, interval: tick, breaks: [{ start: (top - from) * 0.14, end: from, gap: "4%" }],
        breakLabelLayout: { moveOverlap: false }, axisLabel: Object.assign(axis.axisLabel, { showMinLabel: true, formatter: label }),
        breakArea: {
          expandOnClick: false, zigzagAmplitude: 4, zigzagZ: 4,
          itemStyle: { color: "#fff", borderColor: AXIS, borderWidth: 1, opacity: 1 },
        },
      });
    }
    const shown = rows.map((row, place) => ({
      value: sizes[place], itemStyle: { color: color(row), decal: falls(row) ? HATCH : null },
    }));
    return {
      height: rows.length * side.row + 62,
      option: {
        grid: grid(side.left, widest(labels, 12) + 14, 8), xAxis: axis, yAxis: side.axis,
        series: [
          bar("", "transparent", starts, { stack: "one", barWidth: thick, silent: true, tooltip: { show: false } }),
          bar(say("difference"), AFTER, shown, {
            stack: "one", barWidth: thick, barMinHeight: 1.5, label: beside(12, "right", (place) => labels[place]),
          }),
        ],
        tooltip: rowTip(rows, (row) => {
          return row.by ? [[say("difference"), yuan(row.by)], [say("running"), yuan(row.to)]] : [[say("cost"), yuan(row.to)]];
        }),
      },
    };
  }

  function lorenz(chart, width) {
    const share = (millionths) => millionths / 10000;
    const ends = { min: 0, max: 100, interval: width < NARROW ? 25 : 10 };
    const curve = (name, side, style) => ({
      type: "line", name, symbol: "none", data: chart.points.map((point) => [share(point[0]), share(point[side])]), lineStyle: style,
      itemStyle: { color: style.color }, emphasis: { disabled: true },
    });
    const series = [{
      type: "line", name: say("even"), symbol: "none", silent: true, data: [[0, 0], [100, 100]],
      lineStyle: { color: AXIS, width: 1.2, type: "dotted" },
      markArea: {
        silent: true, itemStyle: { color: "rgba(11,92,122,.08)" }, data: [[{ xAxis: 90, name: say("lorenz_top") }, { xAxis: 100 }]],
        label: text(11, { show: true, position: "insideBottom", color: SOFT, distance: 6 }),
      },
    }];
    if (chart.sides[0]) series.push(curve(say("before"), 1, { color: BEFORE_LINE, width: 3, type: [7, 4] }));
    if (chart.sides[1]) series.push(curve(say("after"), 2, { color: AFTER, width: 2.5 }));
    return {
      height: tall(width),
      option: {
        grid: grid(58, 22, 14), series,
        xAxis: figures({ name: say("lorenz_firms"), at: percent }, ends),
        yAxis: figures({ name: say("lorenz_money"), at: percent }, Object.assign({ nameGap: 40 }, ends)),
        tooltip: tooltip((points) => {
          const point = chart.points.find((own) => share(own[0]) === points[0].value[0]);
          if (!point) return "";
          const rows = ["before", "after"].map((side, place) => [say(side), percent(share(point[place + 1]))]);
          return tip(say("lorenz_firms") + " " + percent(share(point[0])), rows.filter((row, place) => chart.sides[place]));
        }, "axis", "line"),
      },
    };
  }

  function bite(chart, width) {
    const limits = chart.points.map((point) => number(point.limit)), costs = chart.points.map((point) => number(point.cost));
    const here = number(chart.here), across = unit(Math.max(...limits)), up = unit(Math.max(...costs));
    return {
      height: tall(width),
      option: {
        grid: grid(70, 26, 34),
        xAxis: figures(across, { min: 0, name: inside("bite_limit", across) }),
        yAxis: figures(up, { scale: true, name: inside("bite_cost", up), nameGap: 52 }),
        series: [dots({
          data: limits.map((limit, place) => ({ value: [limit, costs[place]], symbolSize: limit === here ? 13 : 7 })),
          markLine: marked(chart.here.said[lang], "end", { xAxis: here }),
        })],
        tooltip: pointTip(chart.points, (own) => [
          say("bite_limit") + " " + yuan(own.limit), [[say("bite_cost"), yuan(own.cost)], [say("difference"), yuan(own.more)]],
        ]),
      },
    };
  }

  function solved(chart, width) {
    const values = chart.points.map((point) => Number(point.v)), costs = chart.points.map((point) => number(point.cost));
    const far = Math.max(...values), up = unit(Math.max(...costs, number(chart.budget))), money = unit(far);
    const across = { percent: { name: chart.title[lang], at: percent }, count: { name: chart.title[lang], at: count } }[chart.axis];
    const own = chart.points.findIndex((point) => point.own);
    const label = own < 0 ? "" : say("chosen") + " " + chart.points[own].name[lang];
    // The cost rises with the value: above a point to its left and below it to its right there is nothing in the way.
    const left = (width - 100) * (values[own] / far) * 0.8 > wide(label, 13) + 12;
    const budget = say("budget") + (width < NARROW ? "" : " " + chart.budget.said[lang]);
    return {
      height: Math.max(320, Math.min(440, width * 0.6)),
      option: {
        grid: grid(70, 30, 28),
        xAxis: figures(across || { name: chart.title[lang] + " (" + money.name + ")", at: money.at }, { min: 0 }),
        yAxis: figures(up, { name: inside("cost", up), nameGap: 52, min: 0 }),
        series: [
          dots({
            data: values.map((value, place) => [value, costs[place]]), symbolSize: 6,
            markLine: marked(budget, "insideEndBottom", { yAxis: number(chart.budget) }),
          }),
          {
            // What was chosen, above the values tried around it.
            type: "scatter", z: 6, symbolSize: 14, silent: true, data: own < 0 ? [] : [[values[own], costs[own]]],
            itemStyle: { color: LESS, borderColor: "#fff", borderWidth: 2, opacity: 1 },
            label: beside(13, left ? "left" : "right", () => label, Object.assign({ offset: [0, left ? -15 : 15], fontWeight: 650 }, HALO)),
          },
        ],
        tooltip: pointTip(chart.points, (point) => [chart.title[lang] + " " + point.name[lang], [[say("cost"), yuan(point.cost)]]]),
      },
    };
  }

  // Cost before and after on one side, firms that get less and more on the other: side by side, or one under the other.
  function groups(chart, width) {
    const rows = chart.rows, thick = 9, stacked = width < NARROW, both = pair(rows, thick);
    const side = names(rows, width, 2 * thick + 2, stacked ? width - 24 : width < 800 ? width * 0.64 : 0);
    const other = stacked ? names(rows, width, 12, width - 24) : side;
    const top = 30, first = rows.length * side.row, second = rows.length * other.row, below = top + first + 84;
    const split = side.left + (width - side.left) * 0.56;
    const grids = stacked
      ? [{ left: 4, right: both.room, top, height: first }, { left: 20, right: 26, top: below, height: second }]
      : [{ left: side.left, width: split - side.left - both.room, top, height: first }, { left: split + 16, right: 26, top, height: first }];
    const head = (words, place) => Object.assign({ text: words, padding: 0, textStyle: text(12.5, { fontWeight: 650 }) }, place);

    // Firms on both sides of zero, with room beyond the longest bars for their numbers.
    const [less, more] = ["losers", "winners"].map((key) => Math.max(0, ...rows.map((row) => row[key])));
    const tick = step(Math.max(1, less + more), width < 800 ? 3 : 4), air = 0.13 * (less + more || 1);
    const ends = { min: -Math.ceil((less + air) / tick) * tick, max: Math.ceil((more + air) / tick) * tick, interval: tick };
    const zero = Object.assign({}, other.axis, { gridIndex: 1 }, stacked ? null : { axisLabel: { show: false } });
    const firms = (name, color, key, sign, position, decal) => bar(name, color, rows.map((row) => sign * row[key]), {
      xAxisIndex: 1, yAxisIndex: 1, barWidth: 12, barGap: "-100%", itemStyle: { color, decal },
      label: beside(11, position, (place) => count(rows[place][key])),
    });
    return {
      height: (stacked ? below + second : top + first) + 52,
      option: {
        title: [
          head(say("panel_money"), { left: grids[0].left, top: 4 }),
          head(say("panel_firms"), stacked ? { left: 4, top: below - 28 } : { right: 8, top: 4 }),
        ],
        grid: grids.map((own) => Object.assign({ outerBoundsMode: "none" }, own)),
        xAxis: [figures(unit(both.largest)), figures({ name: say("panel_count"), at: count }, Object.assign({ gridIndex: 1 }, ends))],
        yAxis: [side.axis, zero],
        series: both.series.concat([
          firms(say("lose"), LESS, "losers", -1, "left", HATCH), firms(say("gain"), MORE, "winners", 1, "right", null),
        ]),
        tooltip: rowTip(rows, (row) => [[say("firms"), row.firms]].concat(sides(row), gains(row))),
      },
    };
  }

  // The page

  const kinds = { bars, fall, lorenz, bite, solved, groups };
  const drawn = Object.keys(data.charts).map((key) => ({ place: document.getElementById("chart-" + key), chart: data.charts[key] }));

  function draw(width) {
    for (const own of drawn) {
      const across = Math.floor(width || own.place.parentElement.clientWidth);
      if (across < 40) continue;
      const { height, option } = kinds[own.chart.kind](own.chart, across);
      const size = { width: across, height: Math.ceil(height) };
      own.place.style.width = size.width + "px";
      own.place.style.height = size.height + "px";
      if (own.drawing) own.drawing.dispose();
      own.drawing = echarts.init(own.place, null, Object.assign({ renderer: "svg", locale: lang === "zh" ? "ZH" : "EN" }, size));
      own.drawing.setOption(Object.assign({ animation: false, textStyle: text(12) }, option));
    }
  }

  function speak() {
    lang = english.checked ? "en" : "zh";
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = document.documentElement.dataset[lang];
    draw();
  }

  // The tables are open in the file, so that they can be read without this script.
  const folded = Array.from(document.querySelectorAll("details"));
  folded.forEach((own) => { own.open = false; });
  if (location.hash === "#en") english.checked = true;
  for (const own of document.querySelectorAll("input[name=say]")) own.addEventListener("change", speak);

  let waiting = 0, last = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === last) return;
    last = window.innerWidth;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => draw());
  });

  // On paper every chart is as wide as the sheet, and every table is open.
  let open = null;
  window.addEventListener("beforeprint", () => {
    if (open) return;
    open = folded.map((own) => own.open);
    folded.forEach((own) => { own.open = true; });
    draw(PAPER);
  });
  window.addEventListener("afterprint", () => {
    if (!open) return;
    folded.forEach((own, place) => { own.open = open[place]; });
    open = null;
    draw();
  });
  speak();
})();

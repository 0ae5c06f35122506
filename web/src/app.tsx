// The frame: menu, health line, banners, the view, and the drawers and dialogs above it.
import { useEffect } from 'preact/hooks';
import { failure } from './api';
import { clock } from './clock';
import { KioskDrawer } from './drawers/kiosk';
import { OrderDrawer } from './drawers/order';
import { RequestDrawer } from './drawers/request';
import { health, lastNews, link, reconnectNow, stats, stopWatching, watch } from './fleet';
import { FindButton, useFindKey } from './find';
import { clockTime, language, languages, number, span, speak, texts } from './i18n';
import { Login } from './login';
import { Badge, Choice } from './parts/bits';
import { closeAll, Dialogs, Said, say } from './parts/dialog';
import { Icon } from './parts/icons';
import { openAlerts, useOpenAlerts } from './open_alerts';
import { param, view, viewHref } from './route';
import { admin, logout, session, started, wantsLogin } from './session';
import { choose, theme, type Theme } from './theme';
import { views } from './views';

function HealthLine() {
  const t = texts.value, h = t.health, now = health.value;
  if (!now) return <p class="health" aria-label={h.label}>{t.link.connecting}</p>;
  const counts = stats.value?.now.kiosks;
  const store = now.redis === 'embedded' ? h.embedded : now.redis === 'connected' ? h.connected : h.disconnected;
  const storeTone = now.redis === 'disconnected' ? 'bad' : now.durability === 'strict' ? '' : 'warn';
  const up = Math.floor(now.uptime_seconds + Math.max(0, clock.value - (lastNews.value || clock.value)) / 1000) * 1000;
  return (
    <section class="health" aria-label={h.label}>
      <Badge tone={now.status === 'healthy' ? 'ok' : 'bad'}>{now.status === 'healthy' ? h.healthy : h.degraded}</Badge>
      <span>{h.online(number(counts?.online ?? now.active_kiosks), number(counts?.total ?? now.total_kiosks))}</span>
      <span class={storeTone}>{h.store}: {store}, {h.durability[now.durability] ?? now.durability}</span>
      {Object.entries(stats.value?.now.pushes ?? {}).map(([to, works]) => (
        <span key={to} class={works ? '' : 'warn'}>{h.pushes[to]}: {works ? h.taken : h.failing}</span>
      ))}
      <span>{h.version} {now.version}</span>
      <span>{h.node} {now.node}</span>
      <span>{h.uptime} {span(up)}</span>
      {now.message && <span class="bad">{now.message}</span>}
    </section>
  );
}

function Banners() {
  const t = texts.value, who = session.value;
  return (
    <>
      {link.value === 'down' && (
        <div class="banner bad" role="alert">
          <b>{t.link.down}</b><span>{lastNews.value ? t.link.since(clockTime(lastNews.value)) : ''} {t.link.again}.</span>
          <button type="button" onClick={reconnectNow}>{t.link.now}</button>
        </div>
      )}
      {who?.how === 'local' && <div class="banner"><span>{t.session.local}</span><button type="button" onClick={() => { wantsLogin.value = true; }}>{t.common.signIn}</button></div>}
      {who?.how === 'session' && !admin.value && <div class="banner"><span>{t.session.readOnly}</span></div>}
    </>
  );
}

function Tools() {
  const t = texts.value, who = session.value;
  const leave = () => { logout().catch((error) => say(failure(error).text, true)); };
  return (
    <div class="tools">
      <Choice label={t.language} hidden value={language.value} options={Object.entries(languages).map(([code, { name }]) => [code, name])} onChange={speak} />
      <Choice<Theme> label={t.theme.label} hidden value={theme.value} options={(['system', 'light', 'dark'] as const).map((one) => [one, t.theme[one]])} onChange={choose} />
      {who?.how === 'session' && <button type="button" class="leave" title={t.session.as(who.name)} onClick={leave}><Icon name="out" />{t.common.signOut}</button>}
    </div>
  );
}

function Menu() {
  const t = texts.value, alerts = openAlerts.value?.length ?? 0;
  return (
    <nav aria-label={t.menu}>
      <ul>
        {views.filter((one) => !one.admin || admin.value).map(({ name }) => (
          <li key={name}><a href={viewHref(name)} aria-current={view.value === name ? 'page' : undefined}><Icon name={name} />{t.views[name]}{name === 'alerts' && alerts > 0 && <span class="number" title={t.alert.open(alerts)}>{number(alerts)}</span>}</a></li>
        ))}
      </ul>
    </nav>
  );
}

function Page() {
  const t = texts.value;
  const shown = views.find(({ name }) => name === view.value) ?? views[0]!;
  const kiosk = param('kiosk'), order = param('order'), request = param('request');
  useFindKey();
  useOpenAlerts();
  const Shown = shown.show;
  useEffect(() => { document.title = `${t.views[shown.name]} · ${t.title}`; }, [t, shown]);
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById('content')?.focus(); }}>{t.skip}</a>
      <aside class="side"><p class="brand">{t.title}</p><FindButton /><Menu /><Tools /></aside>
      <div class="rest">
        <Banners />
        <HealthLine />
        <main id="content" tabIndex={-1}><h1>{t.views[shown.name]}</h1><Shown key={shown.name} /></main>
      </div>
      {kiosk && <KioskDrawer key={kiosk} id={kiosk} />}
      {order && <OrderDrawer key={order} id={order} />}
      {request && <RequestDrawer key={request} id={request} />}
    </>
  );
}

export function App() {
  const who = session.value, someone = !!who && !wantsLogin.value;
  useEffect(() => {
    if (!someone) return;
    watch();
    return () => { stopWatching(); closeAll(); };
  }, [someone, who?.name, who?.how]);
  if (!started.value) return <p class="empty">{texts.value.link.connecting}</p>;
  return (
    <>
      {someone ? <div class="page"><Page /></div> : <><header class="corner"><Tools /></header><Login /></>}
      <Dialogs />
      <Said />
    </>
  );
}

// The page's views, in the order of the menu. A new one is one file and one line here (and its name in texts/).
import type { FunctionComponent } from 'preact';
import { Alerts } from './views/alerts';
import { Audit } from './views/audit';
import { Callbacks } from './views/callbacks';
import { Connections } from './views/connections';
import { Keys } from './views/keys';
import { Kiosks } from './views/kiosks';
import { Overview } from './views/overview';
import { Requests } from './views/requests';
import { Settings } from './views/settings';
import { Unknown } from './views/unknown';
import type { Texts } from './texts/en';

export interface View { name: keyof Texts['views']; show: FunctionComponent; admin?: boolean }

export const views: View[] = [
  { name: 'overview', show: Overview },
  { name: 'kiosks', show: Kiosks },
  { name: 'requests', show: Requests },
  { name: 'unknown', show: Unknown },
  { name: 'callbacks', show: Callbacks },
  { name: 'connections', show: Connections },
  { name: 'alerts', show: Alerts },
  { name: 'audit', show: Audit },
  { name: 'keys', show: Keys, admin: true },
  { name: 'settings', show: Settings },
];

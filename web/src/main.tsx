// The dashboard's beginning: a one-time link's code leaves the address first, then the page stands.
import { render } from 'preact';
import { App } from './app';
import './style/base.css';
import './style/parts.css';
import { begin } from './session';

void begin();
render(<App />, document.getElementById('app')!);

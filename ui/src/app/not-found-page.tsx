import { Link } from '@tanstack/react-router';
import { Breadcrumb } from '../ui/top-bar-slots';
import './not-found-page.css';

export function NotFoundPage() {
  return (
    <div className="not-found-page">
      <title>Not found · Vizsla</title>
      <Breadcrumb>
        <h1>Not found</h1>
      </Breadcrumb>
      <p>There is no page under this address.</p>
      <Link to="/services" className="button button-outline">
        Go to the services
      </Link>
    </div>
  );
}
